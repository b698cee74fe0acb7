import type { ExpectedVersion } from '#libs/event-store';

/** RFC 9110, section 8.8.3. Bytes past ASCII reach us as Latin-1. */
const ENTITY_TAG = /^(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7e\x80-\xff]*)"$/;
/** As versions are written in an `ETag`. */
const VERSION = /^[1-9]\d{0,14}$/;
/** Commas within quotes separate nothing. */
const ELEMENTS = /(?:[^",]|"[^"]*"?)+/g;

/** For descriptions of the API. */
export const IF_MATCH_PATTERN = '^(?:\\*|(?:W/)?"[!#-~]*"(?: *, *(?:W/)?"[!#-~]*")*)$';

/**
 * What a value of `If-Match` (RFC 9110, section 13.1.1) asks for; `undefined` for one that is malformed. Tags are compared
 * strongly: weak ones, and those that are no versions, match nothing.
 */
export function parseIfMatch(value: string): ExpectedVersion | undefined {
  if (value.trim() === '*') return 'any';
  const elements = (value.match(ELEMENTS) ?? []).map((text) => text.trim()).filter((text) => text !== '');
  const tags = elements.map((text) => ENTITY_TAG.exec(text)?.groups);
  if (tags.length === 0 || tags.includes(undefined)) return undefined;
  const versions = tags.flatMap((tag) =>
    tag?.['weak'] === undefined && VERSION.test(tag?.['opaque'] ?? '') ? [Number(tag?.['opaque'])] : [],
  );
  const [only] = versions;
  return versions.length === 1 && only !== undefined ? only : versions;
}
