import { parsePosition } from '#libs/kernel';

/** Where a subscription begins: the end of the log, its beginning, a time (RFC 3339), or places such as `orders/3@17`. */
export type StartFrom =
  | 'now'
  | 'beginning'
  | { readonly time: string }
  /** Partitions that are not named begin at their end. */
  | { readonly positions: readonly string[] };

/** As one text, in which events keep it. */
export function startFromText(start: StartFrom): string {
  if (typeof start === 'string') return start;
  return 'time' in start ? start.time : start.positions.join(',');
}

/** The inverse of {@link startFromText}. */
export function parseStartFrom(text: string): StartFrom {
  if (text === 'now' || text === 'beginning') return text;
  const parts = text.split(',');
  return parts.every((part) => parsePosition(part)) ? { positions: parts } : { time: text };
}
