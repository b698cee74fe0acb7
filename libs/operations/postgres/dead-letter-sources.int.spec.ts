import { newId } from '#libs/kernel';
import { die, WebhookStore } from '#libs/webhook-delivery/testing';
import { DeadLetterDesk } from '../core/index.js';
import { StandingCounts } from './standing-counts.js';
import { failedMails, stuckProcesses } from './table-dead-letters.js';
import { ParkedWebhooks } from './webhook-dead-letters.js';

describe('dead letters of all tenants in Postgres', () => {
  let store: WebhookStore;
  let desk: DeadLetterDesk;
  const retried: string[] = [];

  beforeAll(async () => {
    store = await WebhookStore.open();
    desk = new DeadLetterDesk([
      new ParkedWebhooks(store.prisma),
      stuckProcesses(store.prisma, async (letters) => {
        retried.push(...letters.map(({ subject }) => subject));
        return letters.length;
      }),
      failedMails(store.prisma),
    ]);
  });
  afterAll(() => store?.close());
  beforeEach(async () => {
    await store.empty();
    await store.prisma.$executeRaw`truncate process, notification`;
    retried.length = 0;
  });

  const insertProcess = (tenant: string, error: string | null, at: string) => {
    const status = error === null ? 'running' : 'stuck';
    const id = newId();
    return store.prisma.pool
      .query(
        `insert into process values ($1, $2, 1, 'errands', $3, 1, 1, 0, $5, $5, json_build_object('error', $4::text))`,
        [id, tenant, status, error, at],
      )
      .then(() => id);
  };
  const insertMail = (tenant: string, error: string, at: string) =>
    store.prisma.pool.query(
      `insert into notification values ($1, $2, 1, 'failed', '', '', $4, $4, json_build_object('error', $3::text))`,
      [newId(), tenant, error, at],
    );

  it('are one list, by time, over several subscriptions, partitions and kinds', async () => {
    const [zero, one] = [await store.partition(0), await store.partition(1)];
    const acme = await store.subscribe({ tenant: 'acme' });
    const globex = await store.subscribe({ tenant: 'globex' });
    await die(zero, acme, 'a', [1, 2]);
    await die(one, globex, 'b', [3]);
    // Its subscription was deleted.
    await die(one, newId(), 'c', [4]);
    await insertProcess('acme', 'authorize: connect ECONNREFUSED 127.0.0.1:4000', '2026-01-02T00:00:00Z');
    await insertProcess('acme', null, '2026-01-02T00:00:00Z');
    await insertMail('globex', '550 no such mailbox', '2026-01-03T00:00:00Z');
    const seen: unknown[] = [];
    for (let after = {}; ; ) {
      const { letters, next } = await desk.page({ filter: {} }, 1, after);
      seen.push(...letters.map(({ kind, tenant }) => `${kind} ${tenant}`));
      if (!next) break;
      after = next;
    }
    expect(seen.slice(-2)).toEqual(['mail globex', 'process acme']);
    expect(seen.slice(0, -2).toSorted()).toEqual(['webhook acme', 'webhook globex']);
    const own = await desk.page({ filter: { tenant: 'acme' } }, 10);
    expect(own.letters.map(({ kind, position }) => [kind, position])).toEqual([
      ['webhook', 'orders/0@1'],
      ['process', undefined],
    ]);
    expect(await new StandingCounts(store.prisma).counts()).toMatchObject({
      stuckProcesses: { count: 1, isLowerBound: false },
      failedMails: { count: 1, isLowerBound: false },
      parkedWebhooks: { count: 2 },
    });
  });

  it('are counted by cause and released by it, in the order of their ages', async () => {
    const partition = await store.partition(0);
    const subscription = await store.subscribe({ tenant: 'acme' });
    for (const offset of [0, 1, 2, 3]) await die(partition, subscription, `l${offset}`, [offset]);
    await store.prisma
      .$executeRaw`update webhook_lane set last_error = 'no answer in 3000 ms' where lane in ('l1', 'l2')`;
    const ids = [
      await insertProcess('acme', 'reserve: no answer yet', '2026-01-02T00:00:00Z'),
      await insertProcess('globex', 'reserve: no answer yet', '2026-01-03T00:00:00Z'),
    ];
    const groups = await desk.groups(undefined, {});
    expect(groups.map(({ kind, cause, count, tenants }) => [kind, cause, count, tenants]).toSorted()).toEqual(
      [
        ['process', 'reserve: no answer yet', 2, 2],
        ['webhook', 'no answer in # ms', 2, 1],
        ['webhook', 'status 500', 2, 1],
      ],
    );
    const choice = { filter: { subscriptionId: subscription }, cause: 'no answer in # ms' };
    expect(await desk.match('webhook', choice)).toEqual({ count: 2, isLowerBound: false });
    expect(await desk.release('webhook', 'skip', choice, 'op')).toBe(2);
    const rest = await desk.page({ kind: 'webhook', filter: {} }, 10);
    expect(rest.letters.map(({ subject }) => subject).toSorted()).toEqual(['l0', 'l3']);
    expect(await desk.release('process', 'redrive', { filter: {} }, 'op')).toBe(2);
    expect(retried).toEqual(ids.toReversed());
    expect(desk.refusal('mail', 'redrive')).toMatch(/for good/);
  });

  it('know the webhook that has waited longest', async () => {
    const standing = new StandingCounts(store.prisma);
    expect(await standing.oldestUndelivered()).toBeUndefined();
    const partition = await store.partition(0);
    const subscription = await store.subscribe({ tenant: 'acme' });
    await die(partition, subscription, 'a', [1]);
    const since = new Date(Date.UTC(2026, 0, 1));
    await store.prisma.$executeRaw`update webhook_lane set failing_since = ${since}`;
    expect(await standing.oldestUndelivered()).toEqual({
      subscriptionId: subscription,
      tenant: 'acme',
      since,
    });
    expect(await standing.owners()).toEqual({ partitions: 0, owners: 0 });
  });

  it.each(['paused', 'disabled'])(
    'does not count a %s subscription among those that fail',
    async (status) => {
      const standing = new StandingCounts(store.prisma);
      const subscription = await store.subscribe({ tenant: 'acme' });
      await die(await store.partition(0), subscription, 'a', [1]);
      expect(await standing.oldestUndelivered()).toMatchObject({ subscriptionId: subscription });
      await store.subscribe({ subscriptionId: subscription, tenant: 'acme', status });
      expect(await standing.oldestUndelivered()).toBeUndefined();
      expect(await standing.counts()).toMatchObject({ parkedWebhooks: { count: 1 } });
    },
  );

  it('counts nothing of a replay that was cancelled', async () => {
    const standing = new StandingCounts(store.prisma);
    const subscription = await store.subscribe({ tenant: 'acme' });
    const partition = await store.partition(0);
    await die(partition, subscription, 'a', [1]);
    const replay = newId();
    await store.prisma
      .$executeRaw`insert into webhook_replay (replay_id, subscription_id, tenant, start, until, event_types)
      values (${replay}::uuid, ${subscription}::uuid, 'acme', '{}', '{}', '{}')`;
    await store.prisma.$executeRaw`update webhook_lane set feed_id = ${replay}::uuid`;
    expect(await standing.oldestUndelivered()).toBeDefined();
    await store.prisma.$executeRaw`update webhook_replay set state = 'cancelled'`;
    expect(await standing.oldestUndelivered()).toBeUndefined();
    expect(await standing.counts()).toMatchObject({ parkedWebhooks: { count: 0 } });
  });
});
