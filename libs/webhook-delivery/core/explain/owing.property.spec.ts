import fc from 'fast-check';
import type { RecordedEvent } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { rulesUpTo, type SubscriptionRule } from '#libs/webhooks';
import { feedOf } from '../../testing/dispatch-harness.fixture.js';
import { InMemoryOrders } from '../../testing/in-memory-orders.fixture.js';
import { eventMatcherOf, fieldOf } from '../feeds/feed-index.js';
import type { ExplainedSubscription } from './delivery-facts.js';
import { owingOf } from './owing.js';

const TYPES = ['order.created', 'order.shipped', 'webhook.test', 'webhook.disabled', 'process.started'];
const VALUES = ['sub-1', 'sub-2', 1, null];

const [log, offset] = [new InMemoryOrders(), fc.nat({ max: 9 })];
const event = fc
  .record({
    type: fc.constantFrom(...TYPES),
    tenant: fc.constantFrom('acme', 'globex'),
    at: offset,
    subscriptionId: fc.constantFrom(...VALUES),
    other: fc.constantFrom(...VALUES),
  })
  .map(({ type, tenant, at, ...data }): RecordedEvent => {
    const made = log.append('s', type, tenant);
    return { ...made, data, position: { ...made.position, offset: at } };
  });

const wanted = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.subarray(VALUES, { minLength: 1 }),
) as fc.Arbitrary<string>;
const rule = fc.record({
  from: offset,
  eventTypes: fc.subarray(['*', 'order.*', 'webhook.*', ...TYPES], { minLength: 1 }),
  filter: fc.option(fc.record({ 'data.subscriptionId': wanted, 'data.other': wanted }, { requiredKeys: [] })),
});
const rules = fc
  .array(rule, { minLength: 1, maxLength: 4 })
  .map((given): readonly SubscriptionRule[] =>
    given
      .toSorted((a, b) => a.from - b.from)
      .map(({ from, ...each }) => ({ ...each, from: { 'orders/3': from } })),
  );

describe('what an explanation says of owing', () => {
  itForAll(
    'is what the dispatcher goes by, with the settings of any time',
    [event, rules, fc.nat({ max: 3 })],
    { numRuns: 2_000 },
    (given, all, nth) => {
      const start = all[0]?.from ?? {};
      const subscription = { ...feedOf().subscription, tenant: 'acme', start, rules: all };
      const revision = 1 + (nth % all.length);
      const heard = rulesUpTo(all, revision);
      const isOwed = eventMatcherOf(feedOf({ tenant: 'acme' }, { rules: heard }))(given);
      const isBefore = given.position.offset < (start['orders/3'] ?? 0);
      const told = owingOf(given, subscription as unknown as ExplainedSubscription, revision);
      expect(told.outcome === 'owed').toBe(isOwed && !isBefore);
      if (told.outcome === 'before-start') expect(isBefore).toBe(true);
      if (told.outcome !== 'filtered') return;
      const { field, expected, found } = told.condition;
      expect([...expected]).not.toContainEqual(fieldOf(given, field.split('.')));
      expect(found).toEqual(fieldOf(given, field.split('.')));
    },
  );
});
