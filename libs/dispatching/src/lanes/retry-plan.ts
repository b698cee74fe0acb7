import type { RetryPolicy } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** By how much of itself a wait grows at most. */
const JITTER = 0.25;

/**
 * How long to wait after a failed attempt: twice as long each time, up to the policy's longest wait, and up to a quarter
 * more by chance. The chance only adds, so that the attempts last at least as long as the policy promises; that many
 * lanes come back together is no burden to the endpoint, because its gate bounds what is under way. `Retry-After` is a
 * lower bound, also past the policy's longest wait, but no endpoint can ask for more than a day.
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
