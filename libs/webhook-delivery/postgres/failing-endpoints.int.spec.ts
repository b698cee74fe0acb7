import { type ClaimedPartition, laneOf } from '../testing/conformance/store-under-test.js';
import { newId } from '#libs/kernel';
import { FailingEndpoints } from './failing-endpoints.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

describe('failing endpoints', () => {
  let store: WebhookStore;
  let partition: ClaimedPartition;

  beforeAll(async () => {
    store = await WebhookStore.open();
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition(0);
  });

  const found = async () => (await new FailingEndpoints(store.prisma).find(daysAgo(5))).map((dead) => dead);

  async function attempt(
    subscriptionId: string,
    outcome: string,
    startedAt: string,
    feedId = subscriptionId,
  ) {
    await store.prisma.$executeRaw`
      insert into webhook_attempt (attempt_id, feed_id, subscription_id, tenant, topic, partition, "offset", event_id,
        event_type, events, attempt, started_at, duration_ms, outcome)
      values (${newId()}::uuid, ${feedId}::uuid, ${subscriptionId}::uuid, 'acme', 'orders', 0, 1, ${newId()}::uuid,
        'order.created', 1, 1, ${startedAt}::timestamptz, 1, ${outcome})`;
  }

  /** A lane that has failed at the endpoint of this revision for six days, last an hour ago. */
  async function failing(subscriptionId: string, endpointRevision: number) {
    await die(partition, subscriptionId, 'a', [1], { retryAt: Date.now(), endpointRevision });
    await store.prisma.$executeRaw`
      update webhook_lane set failing_since = ${daysAgo(6)}::timestamptz where feed_id = ${subscriptionId}::uuid`;
    await attempt(subscriptionId, 'retried', daysAgo(1 / 24));
  }

  it('are those whose present address has failed for a long time', async () => {
    const dead = await store.subscribe({ revision: 4, state: { endpointRevision: 3 } });
    const moved = await store.subscribe({ revision: 4, state: { endpointRevision: 4 } });
    // Stored before this field existed.
    const old = await store.subscribe({ revision: 9 });
    const delivered = await store.subscribe({ state: { endpointRevision: 1 } });
    const paused = await store.subscribe({ status: 'paused', state: { endpointRevision: 1 } });
    for (const [id, revision] of [
      [dead, 3],
      [moved, 3],
      [old, 0],
      [delivered, 1],
      [paused, 1],
    ] as const)
      await failing(id, revision);
    await attempt(delivered, 'delivered', daysAgo(2));
    const ids = [
      { subscriptionId: dead, tenant: 'acme', revision: 4 },
      { subscriptionId: old, tenant: 'acme', revision: 9 },
    ];
    const byId = (a: { subscriptionId: string }, b: { subscriptionId: string }) =>
      a.subscriptionId.localeCompare(b.subscriptionId);
    expect((await found()).toSorted(byId)).toEqual(ids.toSorted(byId));
  });

  it('count failures from the move to the present address on, even in the same lane', async () => {
    const subscription = await store.subscribe({ revision: 4, state: { endpointRevision: 4 } });
    await failing(subscription, 3);
    await partition.save({
      lanes: [laneOf(subscription, 'a', 1, { attempts: 1, retryAt: 5, endpointRevision: 4 })],
    });
    expect(await found()).toEqual([]);
    await store.prisma.$executeRaw`update webhook_lane set failing_since = ${daysAgo(6)}::timestamptz`;
    await partition.save({
      lanes: [laneOf(subscription, 'a', 1, { attempts: 2, retryAt: 5, endpointRevision: 4 })],
    });
    expect(await found()).toHaveLength(1);
  });

  it('are also recognised by detached deliveries', async () => {
    const subscription = await store.subscribe({ revision: 4, state: { endpointRevision: 4 } });
    await failing(subscription, 4);
    await partition.save({
      detached: [{ feedId: subscription, lane: 'a', offset: 1, newLane: 'skipped/1' }],
      lanes: [laneOf(subscription, 'skipped/1', 1, { attempts: 20, endpointRevision: 4 })],
    });
    expect(await found()).toHaveLength(1);
  });
});
