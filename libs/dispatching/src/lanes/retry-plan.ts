import type { RetryPolicy } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** Returns a number in [0, 1). */
export type Random = () => number;

/** The largest share by which chance lengthens a wait. */
const JITTER = 0.25;

/**
 * Delay after a failed attempt, in milliseconds: doubled each time up to the policy's maximum, plus up to a quarter of
 * jitter. Jitter only adds, so the attempts span at least the time that the policy promises. `Retry-After` is a lower
 * bound, even above the policy's maximum, but never more than a day.
 * @param failures attempts so far, from 1
 */
export function retryDelayMs(
  { initialDelayMs, maxDelayMs }: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>,
  failures: number,
  random: Random,
  retryAfterMs = 0,
): number {
  // 2^1024 is Infinity, which the minimum takes care of.
  const planned = Math.min(maxDelayMs, initialDelayMs * 2 ** (failures - 1));
  const drawn = Math.floor(planned * (1 + JITTER * random()));
  return Math.max(drawn, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}
