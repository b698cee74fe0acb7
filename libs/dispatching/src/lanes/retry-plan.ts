import type { RetryPolicy } from '#libs/webhooks';

const LONGEST_RETRY_AFTER_MS = 86_400_000;

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

const SECONDS = /^\d{1,9}$/;
/** The one form of a date that RFC 9110 lets servers send. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Milliseconds from now that a `Retry-After` header asks for; `undefined` when it says nothing that is understood. */
export function parseRetryAfter(header: string, now: number): number | undefined {
  const text = header.trim();
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const time = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
