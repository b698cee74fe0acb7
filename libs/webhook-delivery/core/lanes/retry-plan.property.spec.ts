import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '#libs/webhooks';
import { LONGEST_RETRY_AFTER_MS, parseRetryAfter, retryDelayMs } from './retry-plan.js';

const HOUR = 3_600_000;
const TWO_DAYS = 48 * HOUR;
const DELIVERIES_DOC = new URL('../../../../docs/webhook-deliveries.md', import.meta.url);

const policies = fc.record({
  initialDelayMs: fc.integer({ min: 1, max: HOUR }),
  maxDelayMs: fc.integer({ min: 1, max: 24 * HOUR }),
});
const failures = fc.integer({ min: 1, max: 2_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const planned = (policy: Pick<RetryPolicy, 'initialDelayMs' | 'maxDelayMs'>, count: number): number =>
  Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** (count - 1));

/** The shortest time from first to last attempt: the endpoint refuses at once. */
const lastingMs = (random: () => number): number => {
  const waits = Array.from({ length: DEFAULT_RETRY_POLICY.maxAttempts - 1 }, (_, index) =>
    retryDelayMs(DEFAULT_RETRY_POLICY, index + 1, random),
  );
  return waits.reduce((sum, wait) => sum + wait, 0);
};

/** Mulberry32, so that each run draws the same numbers. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('retry delay', () => {
  it('doubles up to the maximum, plus up to a quarter of jitter', () => {
    fc.assert(
      fc.property(policies, failures, randoms, (policy, count, random) => {
        const delay = retryDelayMs(policy, count, () => random);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(planned(policy, count));
        expect(delay).toBeLessThanOrEqual(planned(policy, count) * 1.25);
      }),
    );
  });

  it('is at least what the endpoint asks for, up to a day', () => {
    fc.assert(
      fc.property(policies, failures, randoms, fc.nat(), (policy, count, random, retryAfterMs) => {
        const delay = retryDelayMs(policy, count, () => random, retryAfterMs);
        const asked = Math.min(retryAfterMs, 24 * HOUR);
        expect(delay).toBe(
          Math.max(
            retryDelayMs(policy, count, () => random),
            asked,
          ),
        );
      }),
    );
  });

  it('doubles from 5 seconds to 6 hours by default', () => {
    const shortest = Array.from({ length: 14 }, (_, index) =>
      retryDelayMs(DEFAULT_RETRY_POLICY, index + 1, () => 0),
    );
    expect(shortest.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(shortest.at(-1)).toBe(6 * HOUR);
  });
});

describe('the default retries of a delivery', () => {
  const random = seeded(7);
  const lasting = Array.from({ length: 100_000 }, () => lastingMs(random)).toSorted((a, b) => a - b);
  const quantile = (share: number): number => lasting[Math.floor(share * lasting.length)] ?? 0;

  it('last for two days in far more than 99 % of cases', () => {
    expect(quantile(0.001)).toBeGreaterThan(TWO_DAYS);
    expect(quantile(0.01)).toBeGreaterThan(TWO_DAYS + 2 * HOUR);
  });

  it('last as long as the documentation says', async () => {
    const doc = await readFile(DELIVERIES_DOC, 'utf8');
    const hours = (share: number): string => (quantile(share) / HOUR).toFixed(1);
    expect(doc).toContain(`| ${hours(0.01)} h | ${hours(0.5)} h | ${hours(0.99)} h |`);
  });
});

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
