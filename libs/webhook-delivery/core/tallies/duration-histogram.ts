/**
 * Numbers of durations by size, in milliseconds. The bound of a bucket is that of the one before it times the fourth root
 * of two, so a quantile is at most a fifth away from the exact one. Trailing zeros are left out.
 */
export type DurationHistogram = readonly number[];

/** Up to 1 ms, up to 1.19 ms, … the last one is above a minute, which no attempt may take. */
const BUCKETS = 66;
const PER_DOUBLING = 4;

export const bucketOf = (durationMs: number): number =>
  durationMs <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(PER_DOUBLING * Math.log2(durationMs)));

/** @returns the longest duration of the bucket, in milliseconds */
const boundOf = (bucket: number): number => 2 ** (bucket / PER_DOUBLING);

export function countInto(histogram: number[], bucket: number, count = 1): void {
  while (histogram.length <= bucket) histogram.push(0);
  histogram[bucket] = (histogram[bucket] ?? 0) + count;
}

/**
 * @param share from 0 to 1: 0.5 is the median
 * @returns milliseconds, rounded; `undefined` of no durations
 */
export function quantileOf(histogram: DurationHistogram, share: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * total));
  let before = 0;
  for (const [bucket, count] of histogram.entries()) {
    if (before + count >= rank) return Math.round(within(bucket, (rank - before) / count));
    before += count;
  }
  return undefined;
}

/** Durations are taken as spread evenly within a bucket. */
function within(bucket: number, share: number): number {
  const from = bucket === 0 ? 0 : boundOf(bucket - 1);
  return from + share * (boundOf(bucket) - from);
}
