/** Offsets from the first up to the second, which is not among them. */
export type LogRange = readonly [from: number, to: number];

/** Ranges in ascending order, of which no two touch. */
export type OffsetRanges = readonly LogRange[];

/** All offsets of both. */
export function withRange(ranges: OffsetRanges, [from, to]: LogRange): OffsetRanges {
  if (from >= to) return ranges;
  const before = ranges.filter(([, end]) => end < from);
  const after = ranges.filter(([start]) => start > to);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const start = Math.min(from, ...touching.map(([first]) => first));
  const end = Math.max(to, ...touching.map(([, last]) => last));
  return [...before, [start, end], ...after];
}

/** The offsets of a range that are in none of the ranges. */
export function missingIn(ranges: OffsetRanges, [from, to]: LogRange): OffsetRanges {
  const missing: LogRange[] = [];
  let at = from;
  for (const [start, end] of ranges) {
    if (start > at && at < to) missing.push([at, Math.min(start, to)]);
    at = Math.max(at, end);
  }
  if (at < to) missing.push([at, to]);
  return missing;
}

export const countOffsets = (ranges: OffsetRanges): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from, 0);
