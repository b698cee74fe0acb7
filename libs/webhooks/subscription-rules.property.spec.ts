import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { MAX_SUBSCRIPTION_RULES, withRule } from './subscription-rules.js';
import type { SubscriptionRule } from './subscription.js';
import { jsonBytes, MAX_RULES_BYTES } from './subscription-bounds.js';

const TYPES = ['a', 'b', 'c'];

/** The last rule that begins at or before an offset. */
const ruleAt = (rules: readonly SubscriptionRule[], offset: number): SubscriptionRule | undefined =>
  rules.findLast(({ from }) => (from['t/0'] ?? 0) <= offset);

/** Filters of up to the largest size, and beyond: there were times without a bound. */
const filter = fc
  .oneof(fc.nat({ max: 16_000 }), fc.constant(100_000))
  .map((length) => (length === 0 ? null : { 'data.a': 'x'.repeat(length) }));

describe('subscription rules', () => {
  itForAll(
    'take no more memory than they may, whatever filters come, and the present one is kept as it is',
    [fc.array(filter, { minLength: 1, maxLength: 80 })],
    { numRuns: 50 },
    (filters) => {
      let rules: readonly SubscriptionRule[] = [];
      for (const [offset, given] of filters.entries()) {
        const rule: SubscriptionRule = { from: { 't/0': offset }, eventTypes: ['a'], filter: given };
        rules = withRule(rules, rule);
        expect(rules.at(-1)).toEqual(rule);
      }
      const bytes = rules.reduce(
        (sum, { eventTypes, filter: kept }) => sum + jsonBytes([eventTypes, kept]),
        0,
      );
      if (rules.length > 2) expect(bytes).toBeLessThanOrEqual(MAX_RULES_BYTES);
      // All that was owed is owed still: by the rule as it was, or by one that lets all pass.
      for (const [offset, given] of filters.entries()) {
        const decides = ruleAt(rules, offset);
        expect([given, null]).toContainEqual(decides?.filter ?? null);
      }
    },
  );

  const steps = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...TYPES)), {
    minLength: 1,
    maxLength: 150,
  });
  itForAll('owe all that the changes asked for, and no more but for the oldest', [steps], (given) => {
    const all: SubscriptionRule[] = [];
    let kept: readonly SubscriptionRule[] = [];
    let offset = 0;
    for (const [step, type] of given) {
      offset += step;
      const rule: SubscriptionRule = { from: { 't/0': offset }, eventTypes: [type], filter: null };
      all.push(rule);
      kept = withRule(kept, rule);
    }
    expect(kept.length).toBeLessThanOrEqual(MAX_SUBSCRIPTION_RULES);
    for (let at = 0; at <= offset + 1; at++) {
      const wanted = ruleAt(all, at);
      const decides = ruleAt(kept, at);
      if (!wanted) continue;
      expect(decides?.eventTypes).toEqual(expect.arrayContaining([...wanted.eventTypes]));
      if (decides !== kept[1]) expect(decides?.eventTypes).toEqual(wanted.eventTypes);
    }
  });
});
