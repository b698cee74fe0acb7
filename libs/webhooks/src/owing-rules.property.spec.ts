import fc from 'fast-check';
import { MAX_OWING_RULES, withRule } from './owing-rules.js';
import type { OwingRule } from './subscription.js';

const TYPES = ['a', 'b', 'c'];

/** The last rule that begins at or before an offset. */
const ruleAt = (rules: readonly OwingRule[], offset: number): OwingRule | undefined =>
  rules.findLast(({ from }) => (from['t/0'] ?? 0) <= offset);

describe('owing rules', () => {
  it('owe all that the changes asked for, and no more but for the oldest', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...TYPES)), {
      minLength: 1,
      maxLength: 150,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const all: OwingRule[] = [];
        let kept: readonly OwingRule[] = [];
        let offset = 0;
        for (const [step, type] of given) {
          offset += step;
          const rule: OwingRule = { from: { 't/0': offset }, eventTypes: [type], filter: null };
          all.push(rule);
          kept = withRule(kept, rule);
        }
        expect(kept.length).toBeLessThanOrEqual(MAX_OWING_RULES);
        for (let at = 0; at <= offset + 1; at++) {
          const wanted = ruleAt(all, at);
          const decides = ruleAt(kept, at);
          if (!wanted) continue;
          expect(decides?.eventTypes).toEqual(expect.arrayContaining([...wanted.eventTypes]));
          if (decides !== kept[0]) expect(decides?.eventTypes).toEqual(wanted.eventTypes);
        }
      }),
    );
  });
});
