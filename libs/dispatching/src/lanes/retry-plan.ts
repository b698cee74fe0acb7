import type { RetryPolicy } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/**
 * How long to wait after a failed attempt. The wait is drawn evenly from zero to the exponential bound ("full jitter",
 * Marc Brooker, "Exponential Backoff and Jitter", 2015): of all jitters it spreads the tries of many lanes best.
 * `Retry-After` is a lower bound, also past the policy's longest wait, but no endpoint can ask for more than a day.
 * @param failures attempts so far, from 1
 */
export function retryDelayMs(
  { initialDelayMs, maxDelayMs }: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>,
  failures: number,
  random: Random,
  retryAfterMs = 0,
): number {
  // 2^1024 is Infinity, which the minimum takes care of.
  const bound = Math.min(maxDelayMs, initialDelayMs * 2 ** (failures - 1));
  const drawn = Math.floor(random() * (bound + 1));
  return Math.max(drawn, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}
