import { parsePosition } from '#libs/kernel';

/** Where a subscription starts: the log's end, its beginning, a time (RFC 3339), or positions such as `orders/3@17`. */
export type StartFrom =
  | 'now'
  | 'beginning'
  | { readonly time: string }
  /** Partitions that are not named start at their end. */
  | { readonly positions: readonly string[] };

/** Returns the text that events store. */
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
