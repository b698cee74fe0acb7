import fc from 'fast-check';
import { LONGEST_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.js';

const NOW = Date.UTC(2026, 10, 29, 12);
const bounded = (ms: number): number => Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const pad = (number: number): string => String(number).padStart(2, '0');
const rfc850 = (date: Date): string => {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${DAYS[date.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
};
const asctime = (date: Date): string => {
  const [weekday, , month, year, time] = date.toUTCString().split(' ');
  return `${weekday?.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2, ' ')} ${time} ${year}`;
};

const forms = fc.constantFrom((date: Date) => date.toUTCString(), rfc850, asctime);
const date = fc
  .date({
    min: new Date(NOW - 40 * 31_536_000_000),
    max: new Date(NOW + 40 * 31_536_000_000),
    noInvalidDate: true,
  })
  .map((time) => new Date(Math.floor(time.getTime() / 1_000) * 1_000));
const item = fc.oneof(
  fc.nat({ max: 200_000 }).map((seconds) => ({ text: String(seconds), waitMs: seconds * 1_000 })),
  fc.tuple(date, forms).map(([time, form]) => ({ text: form(time), waitMs: time.getTime() - NOW })),
);
const noise = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', ',', ', ,', '-1', '1.5', '1e3', 'soon', 'Sun, 06 Nov', '9'.repeat(5_000)),
);

describe('Retry-After', () => {
  it('is a number of seconds or a time in any of the three forms, possibly past', () => {
    fc.assert(fc.property(item, ({ text, waitMs }) => parseRetryAfter(` ${text} `, NOW) === bounded(waitMs)));
  });

  it('is the longest of several, in separate lines or in one', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), fc.boolean(), (items, inOne) => {
        const texts = items.map(({ text }) => text);
        const longest = Math.max(...items.map(({ waitMs }) => bounded(waitMs)));
        expect(parseRetryAfter(inOne ? texts.join(', ') : texts, NOW)).toBe(longest);
      }),
    );
  });

  it('never throws on any input and never asks for more than a day', () => {
    const anything = fc.oneof(
      noise,
      fc.array(
        fc.oneof(
          noise,
          item.map(({ text }) => text),
        ),
      ),
      fc.anything(),
    );
    fc.assert(
      fc.property(anything, fc.integer(), (header, now) => {
        const waitMs = parseRetryAfter(header as string, now);
        if (waitMs === undefined) return;
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(LONGEST_RETRY_AFTER_MS);
      }),
    );
  });

  it.each(['99999999999', '9'.repeat(400)])('is at most a day: %p', (header) => {
    expect(parseRetryAfter(header, NOW)).toBe(LONGEST_RETRY_AFTER_MS);
  });

  it.each([
    undefined,
    '',
    'soon',
    '-1',
    '1.5',
    '1e3',
    '2026-01-01T00:00:00Z',
    'Wed, 31 Jun 2026 00:00:00 GMT',
    'Wed, 10 Foo 2026 00:00:00 GMT',
    'Wed, 10 Jun 2026 25:00:00 GMT',
    'Wed, 10 Jun 2026 24:00:00 GMT',
    'Wed, 10 Jun 2026 12:60:00 GMT',
    'Wed, 10 Jun 2026 12:00:61 GMT',
  ])('is ignored if it is %p', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeUndefined();
  });

  it.each(['Thu, 31 Dec 2026 23:59:60 GMT', 'Thursday, 31-Dec-26 23:59:60 GMT', 'Thu Dec 31 23:59:60 2026'])(
    'reads a leap second as the following second: %p',
    (header) => {
      const now = Date.UTC(2026, 11, 31, 23, 59, 50);
      expect(parseRetryAfter(header, now)).toBe(10_000);
    },
  );

  it('reads a two-digit year as the nearest that fits', () => {
    const at = (year: number) => `Thursday, 01-Jan-${pad(year)} 00:00:00 GMT`;
    expect(parseRetryAfter(at(76), NOW)).toBe(LONGEST_RETRY_AFTER_MS);
    expect(parseRetryAfter(at(77), NOW)).toBe(0);
  });
});
