import {
  changesSince,
  MAX_SUBSCRIPTION_RULES,
  rulesRevision,
  withoutPassed,
  withRule,
} from './subscription-rules.js';
import type { SubscriptionRule } from './subscription.js';

const rule = (offset: number, ...eventTypes: string[]): SubscriptionRule => ({
  from: { 't/0': offset, 't/1': offset },
  eventTypes,
  filter: null,
});
const rulesFrom = (...rules: SubscriptionRule[]) => rules.reduce(withRule, [] as readonly SubscriptionRule[]);
const [A, B, C] = [rule(0, 'a'), rule(5, 'b'), rule(9, 'c')] as const;

describe('the revision of subscription rules', () => {
  it('names what they were, also when nothing came between two changes', () => {
    const rules = rulesFrom(A, B, rule(5, 'x'), C);
    expect(rulesRevision(rules)).toBe(4);
    expect(changesSince(rules, 4)).toBeUndefined();
    expect(changesSince(rules, 3)).toEqual({ from: C.from, before: rule(5, 'x') });
    expect(changesSince(rules, 2)).toEqual({ from: B.from, before: B });
    expect(changesSince(rules, 1)).toEqual({ from: B.from, before: A });
  });

  it('outlives the merging of old rules, and says which are not known any more', () => {
    const many = Array.from({ length: 2 * MAX_SUBSCRIPTION_RULES }, (_, offset) =>
      rule(offset, `type-${offset}`),
    );
    const rules = rulesFrom(...many);
    expect(rules).toHaveLength(MAX_SUBSCRIPTION_RULES);
    expect(rulesRevision(rules)).toBe(2 * MAX_SUBSCRIPTION_RULES);
    expect(changesSince(rules, 1)).toEqual({ from: many[1]?.from, before: many[0] });
    expect(changesSince(rules, 20)).toEqual({ from: many[1]?.from, before: undefined });
    expect(changesSince(rules, 60)).toEqual({ from: many[60]?.from, before: many[59] });
  });
});

describe('rules that all cursors have passed', () => {
  const rules = rulesFrom(A, B, C);
  const places = (...given: (readonly [number, number])[]) =>
    new Map(given.map(([reached, revision], index) => [`t/${index}`, { reached, rulesRevision: revision }]));

  it('are left out, and the others stay what they were', () => {
    const left = withoutPassed(rules, places([9, 3], [20, 3]));
    expect(left).toEqual([{ ...C, revision: 3 }]);
    expect(rulesRevision(withRule(left, rule(30, 'd')))).toBe(4);
    expect(withoutPassed(rules, places([8, 3], [20, 3]))).toEqual([
      { ...B, revision: 2 },
      { ...C, revision: 3 },
    ]);
  });

  it.each([
    ['a cursor is behind', places([4, 3], [20, 3])],
    ['a cursor was judged by older rules', places([20, 1], [20, 3])],
    ['a partition has no cursor yet', places([20, 3])],
    ['nothing has a cursor yet', places()],
  ])('are kept while %s', (_, given) => {
    const left = withoutPassed(rules, given);
    expect(left.map(({ eventTypes }) => eventTypes)).toEqual([['a'], ['b'], ['c']]);
    expect(rulesRevision(left)).toBe(3);
  });
});
