/** A counter of all processes together, at a time. */
export interface CountedAt {
  /** Milliseconds on a clock that never goes back. */
  readonly at: number;
  readonly count: number;
}

/** Events per second between two looks. A counter that fell was begun anew by a restart: nothing is known then. */
export function ratePerSecond(before: CountedAt | undefined, after: CountedAt): number | undefined {
  if (!before || after.at <= before.at || after.count < before.count) return undefined;
  return ((after.count - before.count) * 1_000) / (after.at - before.at);
}

/** Observations of a histogram up to each bound, as Prometheus counts them. The last bound is infinite. */
export type BucketCounts = ReadonlyMap<number, number>;

/** Adds up the buckets of several processes. */
export function addBuckets(all: readonly BucketCounts[]): BucketCounts {
  const sums = new Map<number, number>();
  for (const counts of all)
    for (const [bound, count] of counts) sums.set(bound, (sums.get(bound) ?? 0) + count);
  return sums;
}

/**
 * The value that a share of the observations between two looks does not exceed: the bound of its bucket, or the largest finite
 * bound beyond that. `undefined` without observations, or after a restart.
 * @param share above 0, at most 1
 */
export function quantileBetween(
  before: BucketCounts,
  after: BucketCounts,
  share: number,
): number | undefined {
  const bounds = [...after.keys()].toSorted((a, b) => a - b);
  const since = (bound: number): number => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const last = bounds.at(-1);
  const total = last === undefined ? 0 : since(last);
  if (total <= 0) return undefined;
  const found = bounds.find((bound) => since(bound) >= share * total);
  return found !== undefined && Number.isFinite(found) ? found : bounds.findLast(Number.isFinite);
}

/** The newest values of a series, at most so many. */
export class BoundedSeries<Value> {
  #values: readonly Value[] = [];

  constructor(private readonly most: number) {}

  push(value: Value): void {
    this.#values = [...this.#values, value].slice(-this.most);
  }

  /** Oldest first. */
  get values(): readonly Value[] {
    return this.#values;
  }
}
