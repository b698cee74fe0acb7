/** Returns a number in [0, 1). */
export type Random = () => number;

export interface BackoffLimits {
  /** Delay after the first failure; doubles with each further one. */
  readonly initialDelayMs: number;
  /** Limit of the doubling. Jitter adds up to a quarter. */
  readonly maxDelayMs: number;
}

/** The largest share by which chance lengthens a wait. */
const JITTER = 0.25;

/**
 * Delay after a failed attempt, in milliseconds: doubled each time up to the maximum, plus up to a quarter of jitter.
 * Jitter only adds, so the attempts span at least the time that the limits promise.
 * @param failures attempts so far, from 1
 */
export function backoffMs(
  { initialDelayMs, maxDelayMs }: BackoffLimits,
  failures: number,
  random: Random,
): number {
  // 2^1024 is Infinity, which the minimum takes care of.
  const planned = Math.min(maxDelayMs, initialDelayMs * 2 ** (failures - 1));
  return Math.floor(planned * (1 + JITTER * random()));
}
