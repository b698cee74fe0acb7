import fc from 'fast-check';
import { DEFAULT_RETRY_POLICY } from '#libs/webhooks';
import { retryDelayMs } from './retry-plan.js';

const policies = fc.record({
  initialDelayMs: fc.integer({ min: 1, max: 3_600_000 }),
  maxDelayMs: fc.integer({ min: 1, max: 86_400_000 }),
});
const failures = fc.integer({ min: 1, max: 2_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('retry delay', () => {
  it('lies between zero and the exponential bound, and never past the longest', () => {
    fc.assert(
      fc.property(policies, failures, randoms, (policy, count, random) => {
        const delay = retryDelayMs(policy, count, () => random);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(
          Math.min(policy.maxDelayMs, policy.initialDelayMs * 2 ** (count - 1)),
        );
      }),
    );
  });

  it('waits as long as the endpoint asks, but not for more than a day', () => {
    fc.assert(
      fc.property(policies, failures, randoms, fc.nat(), (policy, count, random, retryAfterMs) => {
        const delay = retryDelayMs(policy, count, () => random, retryAfterMs);
        const asked = Math.min(retryAfterMs, 24 * 3_600_000);
        expect(delay).toBeGreaterThanOrEqual(asked);
        expect(delay).toBeLessThanOrEqual(Math.max(policy.maxDelayMs, asked));
        expect(delay).toBeGreaterThanOrEqual(retryDelayMs(policy, count, () => random));
      }),
    );
  });

  it('doubles from 5 seconds to 6 hours by default', () => {
    const longest = Array.from({ length: 14 }, (_, index) =>
      retryDelayMs(DEFAULT_RETRY_POLICY, index + 1, () => 1 - Number.EPSILON),
    );
    expect(longest.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(longest.at(-1)).toBe(6 * 3_600_000);
  });
});
