/** Header fields as Node and undici give them: lower-case names, a list where a name came more than once. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type HeaderField = readonly [name: string, value: string];

const MAX_HEADERS = 32;
/** Of names and values, in characters. */
const MAX_LENGTH = 2_048;
/** They hold what an endpoint wants to find again in later requests, which is nobody else's business. */
const LEFT_OUT = new Set(['set-cookie', 'set-cookie2']);

/**
 * The header fields of an answer that the delivery log keeps: the first 32, up to 2 KiB together, without cookies. A value
 * that is too long is cut, and ends the list.
 */
export function keptHeaders(headers: RawHeaders): HeaderField[] {
  const kept: HeaderField[] = [];
  let left = MAX_LENGTH;
  for (const name in headers) {
    if (LEFT_OUT.has(name)) continue;
    const value = headers[name];
    const text = onOneLine(typeof value === 'object' ? value.join(', ') : (value ?? ''));
    left -= name.length;
    if (left < 0 || kept.length === MAX_HEADERS) break;
    kept.push([name, text.length > left ? text.slice(0, left) : text]);
    left -= text.length;
    if (left < 0) break;
  }
  return kept;
}

/** Control characters never belong in a value, and the log has one line for each field. */
const onOneLine = (text: string): string => (CONTROLS.test(text) ? text.replaceAll(ALL_CONTROLS, ' ') : text);

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x1f\x7f]/;
const ALL_CONTROLS = new RegExp(CONTROLS, 'g');
