declare const INSTANT: unique symbol;

/**
 * A time in milliseconds since 1970, within UTC years 1 to 9999, which `Date`, Postgres, Kafka and RFC 3339 can all
 * represent. Clients' texts are parsed at the edge and go no further.
 */
export type Instant = number & { readonly [INSTANT]: true };

export const EARLIEST_INSTANT = Date.parse('0001-01-01T00:00:00.000Z') as Instant;
export const LATEST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z') as Instant;

const [SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS] = [1_000, 60_000, 3_600_000, 86_400_000];

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;

/**
 * Parses an RFC 3339 time; `undefined` for any other text. Fractions of a millisecond are dropped, and a leap second counts
 * as the first second of the next month.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [, date = '', hours, minutes, seconds, fraction = '', sign, offsetHours = 0, offsetMinutes = 0] =
    match;
  const midnight = midnightOf(date);
  if (midnight === undefined) return undefined;
  const offset = Number(offsetHours) * HOUR_MS + Number(offsetMinutes) * MINUTE_MS;
  const second =
    midnight +
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * SECOND_MS -
    (sign === '-' ? -offset : offset);
  if (seconds === '60' && !isStartOfMonth(second)) return undefined;
  const time = second + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return isInstant(time) ? time : undefined;
}

/** Formats as RFC 3339 in UTC with milliseconds. */
export const formatInstant = (instant: Instant): string => new Date(instant).toISOString();

/** Returns the nearest instant. */
export const clampToInstant = (time: number): Instant =>
  Math.min(Math.max(time, EARLIEST_INSTANT), LATEST_INSTANT) as Instant;

const isInstant = (time: number): time is Instant => time >= EARLIEST_INSTANT && time <= LATEST_INSTANT;

/** `Date.parse` alone would read 30 February as 2 March. */
function midnightOf(date: string): number | undefined {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
    ? midnight.getTime()
    : undefined;
}

const isStartOfMonth = (time: number): boolean => time % DAY_MS === 0 && new Date(time).getUTCDate() === 1;
