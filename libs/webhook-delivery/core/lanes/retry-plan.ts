import { backoffMs, type Random } from '#libs/kernel';
import type { RetryPolicy } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS } from './retry-after.js';

/**
 * Delay after a failed attempt, in milliseconds, by the policy. `Retry-After` is a lower bound, even above the policy's
 * maximum, but never more than a day.
 * @param failures attempts so far, from 1
 */
export const retryDelayMs = (
  policy: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>,
  failures: number,
  random: Random,
  retryAfterMs = 0,
): number => Math.max(backoffMs(policy, failures, random), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
