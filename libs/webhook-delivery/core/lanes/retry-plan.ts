import { backoffMs, type Random } from '#libs/kernel';
import type { RetryPolicy } from '#libs/webhooks';

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

/** The longest pause that an endpoint can ask for. */
export const LONGEST_RETRY_AFTER_MS = 86_400_000;

const SECONDS = /^\d+$/;
/** Does not match the commas inside dates. */
const BETWEEN_ITEMS = /,(?!\s*\d{2}[ -][A-Za-z]{3}[ -])/;

const TIME = String.raw`(?<hours>\d{2}):(?<minutes>\d{2}):(?<seconds>\d{2})`;
/** The three forms of RFC 9110 (5.6.7): as servers write it today, as RFC 850 had it, and as C's `asctime` does. */
const DATES = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\\d{2}) ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`),
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Parses how long a `Retry-After` header asks to wait, in milliseconds and at most {@link LONGEST_RETRY_AFTER_MS}. The
 * longest of several values counts; `undefined` without a valid one. Never throws, as the value is untrusted.
 * @param header the raw value: repeated headers come as several lines, or joined by commas
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  const lines = Array.isArray(header) ? (header as readonly unknown[]) : [header];
  let longest: number | undefined;
  for (const line of lines) {
    if (typeof line !== 'string') continue;
    for (const item of line.split(BETWEEN_ITEMS)) {
      const waitMs = parseItem(item.trim(), now);
      if (waitMs !== undefined) longest = Math.max(longest ?? 0, Math.min(waitMs, LONGEST_RETRY_AFTER_MS));
    }
  }
  return longest;
}

function parseItem(text: string, now: number): number | undefined {
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const time = parseDate(text, now);
  return time === undefined ? undefined : Math.max(0, time - now);
}

function parseDate(text: string, now: number): number | undefined {
  for (const form of DATES) {
    const { day, month = '', year = '', hours, minutes, seconds } = form.exec(text)?.groups ?? {};
    if (day === undefined) continue;
    const date = [fullYear(year, now), MONTHS.indexOf(month), Number(day)] as const;
    const midnight = Date.UTC(...date);
    // `Date.UTC` rolls impossible days, such as 31 June, into the next month.
    const isDay = date[1] >= 0 && new Date(midnight).getUTCDate() === date[2];
    // A leap second is written as second 60, and counts here as the second after it.
    const isTime = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) <= 60;
    if (!isDay || !isTime) return undefined;
    return midnight + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  }
  return undefined;
}

/** A two-digit year more than fifty years ahead is in the past (RFC 9110, 5.6.7). */
function fullYear(year: string, now: number): number {
  if (year.length === 4) return Number(year);
  const thisYear = new Date(now).getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + Number(year);
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
}
