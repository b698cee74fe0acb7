import { jest } from '@jest/globals';
import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import { TokenBudget } from './token-budget.js';

const LARGEST = 1_000;

const step = tagged('kind', {
  wait: [4, { ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5_000 })) }],
  take: [4, { count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: LARGEST })) }],
  charge: [1, { count: fc.nat(100) }],
  elsewhere: [1, { count: fc.oneof(fc.nat(100), fc.nat(1_000_000_000)) }],
});

describe('a token budget', () => {
  let now = 0;
  beforeAll(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  itForAll(
    'lets through no more than its rate, one second of it, and one batch; and refuses only when it has no token',
    [fc.integer({ min: 1, max: 300 }), fc.array(step, { maxLength: 80, size: 'max' })],
    (perSecond, steps) => {
      const budget = new TokenBudget(perSecond);
      const began = now;
      let tokens = perSecond;
      let used = 0;
      for (const each of steps) {
        if (each.kind === 'wait') {
          now += each.ms;
          tokens = Math.min(perSecond, tokens + (each.ms * perSecond) / 1_000);
        } else if (each.kind === 'take') {
          const isClear = Math.abs(tokens - 1) > 1e-3;
          const isTaken = budget.take(each.count);
          if (isClear) expect(isTaken).toBe(tokens >= 1);
          if (isTaken) [tokens, used] = [tokens - each.count, used + each.count];
          const most = ((now - began) * perSecond) / 1_000 + perSecond + LARGEST;
          expect(used).toBeLessThanOrEqual(most + 1e-3);
        } else if (each.kind === 'charge') {
          budget.charge(each.count);
          tokens -= each.count;
        } else {
          budget.chargeElsewhere(each.count);
          const floor = -(10 * perSecond + LARGEST);
          tokens = Math.max(Math.min(tokens, floor), tokens - each.count);
        }
        expect(budget.available).toBeLessThanOrEqual(Math.max(0, tokens) + 1e-3);
      }
      // What it asks for is enough.
      now += budget.waitMs;
      expect(budget.take(1)).toBe(true);
    },
  );

  itForAll(
    'gives no token for a change of its rate',
    [
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(400),
    ],
    (before, after, processes, used) => {
      const budget = new TokenBudget(before);
      budget.charge(used);
      const { available } = budget;
      budget.setRate(after, 1 / processes);
      expect(budget.available).toBeLessThanOrEqual(Math.min(available, Math.max(1, after / processes)));
      budget.setRate(before);
      expect(budget.available).toBeLessThanOrEqual(available);
    },
  );
});
