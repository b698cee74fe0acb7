import fc from 'fast-check';
import type { RecordedEvent } from '#libs/kernel';
import type { EventFilter, FilterValue } from '#libs/webhooks';
import type { Feed } from '../ports.js';
import { feedOf, newsOf } from '../../testing/dispatch-harness.fixture.js';
import { InMemoryOrders } from '../../testing/in-memory-orders.fixture.js';
import { FeedIndex } from './feed-index.js';

const TYPES = ['order.created', 'order.confirmed', 'stock.reserved', 'webhook.test', 'never.heard-of'];
const TENANTS = ['acme', 'other'];
const VALUES: FilterValue[] = ['x', 'y', '1', 1, 0, true, false, null];
/** Paths into `data`. Some exist only in some events, and some lead through a value that is not an object. */
const PATHS = [
  'data.kind',
  'data.customer.id',
  'data.customer',
  'data.kind.length',
  'metadata.actor',
  'type',
];
const IDS = ['sub-0', 'sub-1', 'sub-2', 'sub-3', 'sub-4'];

const value = fc.constantFrom(...VALUES);
const filter: fc.Arbitrary<EventFilter | null> = fc.option(
  fc.dictionary(
    fc.constantFrom(...PATHS),
    fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.constant('order.created')),
    { maxKeys: 2 },
  ),
);
const eventTypes = fc.subarray(['*', 'order.*', 'order.updated', 'webhook.test', ...TYPES], { minLength: 1 });
const rule = fc.record({ from: fc.nat({ max: 12 }), eventTypes, filter });

const feed: fc.Arbitrary<Feed> = fc
  .record({
    id: fc.constantFrom(...IDS),
    tenant: fc.constantFrom(...TENANTS),
    isReplay: fc.boolean(),
    revision: fc.nat({ max: 3 }),
    rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  })
  .map(({ id, tenant, isReplay, revision, rules }) => {
    const [first, ...others] = rules.toSorted((a, b) => a.from - b.from);
    const vectors = [{ ...first!, from: 0 }, ...others].map(({ from, ...rest }) => ({
      from: { 'orders/3': from },
      ...rest,
    }));
    const overrides = { revision, rules: vectors, replayId: isReplay ? id : null };
    return feedOf({ subscriptionId: id, tenant }, overrides);
  });
const feeds = fc.uniqueArray(feed, { selector: ({ feedId }) => feedId });

const given = fc.record({
  type: fc.constantFrom(...TYPES),
  tenant: fc.constantFrom(...TENANTS),
  actor: fc.constantFrom('x', 'y'),
  data: fc.record(
    {
      kind: value,
      customer: fc.oneof(value, fc.record({ id: value }, { requiredKeys: [] })),
      subscriptionId: fc.constantFrom(...IDS),
    },
    { requiredKeys: [] },
  ),
});
const events = fc.array(given, { minLength: 1, maxLength: 15 }).map((all) => {
  const log = new InMemoryOrders();
  return all.map(({ type, tenant, actor, data }) => {
    const event = log.append('s', type, tenant);
    return { ...event, data, metadata: { ...event.metadata, actor } };
  });
});

/** The specification that the index is compared with. */
function isAskedFor(pattern: string, type: string): boolean {
  if (pattern === '*') return !type.startsWith('webhook');
  if (pattern === 'order.*') return type.startsWith('order.');
  if (pattern === 'order.updated') return type.startsWith('order.') && type !== 'order.created';
  return pattern === type;
}

function fieldAt(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return found ?? null;
}

function isOwed(event: RecordedEvent, { subscription, rules }: Feed): boolean {
  if (event.metadata.tenant !== subscription.tenant) return false;
  if (event.type === 'webhook.test')
    return fieldAt(event, 'data.subscriptionId') === subscription.subscriptionId;
  const decides = rules.findLast(({ from }) => from['orders/3']! <= event.position.offset)!;
  if (!decides.eventTypes.some((pattern) => isAskedFor(pattern, event.type))) return false;
  return Object.entries(decides.filter ?? {}).every(([path, wanted]) =>
    (Array.isArray(wanted) ? wanted : [wanted]).includes(fieldAt(event, path)),
  );
}

const byId = (a: Feed, b: Feed) => a.feedId.localeCompare(b.feedId);

describe('the index', () => {
  it('finds the live feeds that are owed an event, after any changes', () => {
    fc.assert(
      fc.property(fc.array(feeds, { minLength: 1, maxLength: 4 }), events, (rounds, log) => {
        const index = new FeedIndex();
        const current = new Map<string, Feed>();
        for (const round of rounds) {
          const before = new Map(current);
          const { begun, ended } = index.apply(newsOf(index, round));
          for (const id of ended) current.delete(id);
          for (const each of begun) current.set(each.feedId, each);
          const changed = round.filter(({ feedId, revision }) => before.get(feedId)?.revision !== revision);
          expect(begun.toSorted(byId)).toEqual(changed.toSorted(byId));
          expect([...current.keys()].toSorted()).toEqual(round.map(({ feedId }) => feedId).toSorted());
          for (const event of log) {
            const owed = [...current.values()].filter(
              (each) => each.replayId === null && isOwed(event, each),
            );
            const found = [...index.owedTo(event)].map(({ feed: { feedId } }) => feedId);
            expect(found.toSorted()).toEqual(owed.map(({ feedId }) => feedId).toSorted());
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
