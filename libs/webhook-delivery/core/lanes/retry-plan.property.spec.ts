import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '#libs/webhooks';
import { retryDelayMs } from './retry-plan.js';

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
