import { randomBytes } from 'node:crypto';
import { ClaimedPartition, cursorAt } from '#libs/webhook-delivery/testing';
import { newId, parseInstant, type RecordedEvent, type Stream } from '#libs/kernel';
import { KEY_BYTES, Sealer } from '#libs/platform';
import { foldStreams } from '../../core/fold.js';
import { stateTableProjection } from '../../postgres/state-table-projection.js';
import type { RowPageEnd } from '../../postgres/state-tables.js';
import { someCreated, someSubscriptionEvent, someUpdated, subscriptionEventAt } from '#libs/webhooks/testing';
import { useDatabase } from '#libs/testing';
import {
  jsonBytes,
  SUBSCRIPTION_AGGREGATE,
  subscriptionDecider,
  type SubscriptionEvent,
  type SubscriptionState,
} from '#libs/webhooks';
import { emptyReadModel } from '../../testing/applied.fixture.js';
import { PostgresDispatchStore, WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';

const SECRET = `whsec_${Buffer.alloc(32).toString('base64')}`;
const positions = { 'orders/0': 20 };

const sealer = new Sealer([randomBytes(KEY_BYTES)]);
const { prisma } = await useDatabase();

describe('the read model of webhook subscriptions', () => {
  let model: Awaited<ReturnType<typeof emptyReadModel>>;
  let subscriptions: WebhookSubscriptionRepository;
  let offset: number;

  beforeEach(async () => {
    await prisma.$executeRaw`truncate webhook_subscription, webhook_partition, webhook_cursor, projection, projection_checkpoint`;
    model = await emptyReadModel(prisma, stateTableProjection(SUBSCRIPTION_AGGREGATE));
    subscriptions = new WebhookSubscriptionRepository(prisma as never, sealer);
    offset = 0;
  });

  /** Appends the next events of streams in partition 0. */
  async function happen(...events: readonly (readonly [number, SubscriptionEvent, string?])[]) {
    const recorded = events.map(([version, event, tenant = 'acme'], index) =>
      subscriptionEventAt(someSubscriptionEvent(version, event, { tenant }), offset + index),
    );
    await model.apply(recorded, offset);
    offset += recorded.length;
    return recorded as RecordedEvent[];
  }

  const created = (subscriptionId: string, given: Parameters<typeof someCreated>[0] = {}) =>
    someCreated({
      subscriptionId,
      secrets: [{ sealed: sealer.seal(SECRET, subscriptionId), expiresAt: null }],
      ...given,
    });
  const changed = (
    type: 'webhook-subscription.paused' | 'webhook-subscription.resumed' | 'webhook-subscription.deleted',
    subscriptionId: string,
  ): SubscriptionEvent => ({ type, data: { subscriptionId, positions } });

  it('is the fold of the events, over several batches', async () => {
    const id = newId();
    const first = await happen([1, created(id)]);
    const second = await happen(
      [2, someUpdated(['filter'], { subscriptionId: id, filter: '{"data.a":1}' })],
      [3, changed('webhook-subscription.paused', id)],
    );
    const none = new Map<string, Stream<SubscriptionState>>();
    const folded = foldStreams(subscriptionDecider, none, [...first, ...second], { hasGaps: false }).get(id)!;
    const found = await subscriptions.findOne('acme', id);
    expect(found).toEqual(folded);
    expect(found).toMatchObject({
      version: 3,
      state: { status: 'paused', filter: { 'data.a': 1 }, revision: 3 },
    });
  });

  it('has no row for a deleted subscription, even if the same batch created it', async () => {
    const [old, young] = [newId(), newId()];
    await happen([1, created(old)]);
    await happen(
      [1, created(young)],
      [2, changed('webhook-subscription.deleted', young)],
      [2, changed('webhook-subscription.deleted', old)],
    );
    expect(await prisma.webhookSubscription.count()).toBe(0);
    expect(await subscriptions.findOne('acme', old)).toBeUndefined();
    expect(await subscriptions.usage('acme')).toEqual({ subscriptions: 0, bytes: 0 });
  });

  it('shows each tenant only its own', async () => {
    const [mine, theirs] = [newId(), newId()];
    await happen([1, created(mine)], [1, created(theirs), 'other']);
    expect(await subscriptions.findOne('acme', theirs)).toBeUndefined();
    expect(
      (await subscriptions.findPage('acme', 10, undefined)).items.map(({ state }) => state.subscriptionId),
    ).toEqual([mine]);
    const { state } = (await subscriptions.findOne('acme', mine))!;
    expect(await subscriptions.usage('acme')).toEqual({ subscriptions: 1, bytes: jsonBytes(state) });
  });

  it('is paged newest first, without gaps or repeats at equal times', async () => {
    const ids = Array.from({ length: 7 }, newId);
    await happen(...ids.map((id) => [1, created(id)] as const));
    const seen: string[] = [];
    for (let after: RowPageEnd | undefined; ; ) {
      const page = (await subscriptions.findPage('acme', 3, after)).items;
      seen.push(...page.map(({ state }) => state.subscriptionId));
      const last = page.at(-1);
      if (!last) break;
      after = { createdAt: parseInstant(last.createdAt)!, key: last.state.subscriptionId };
    }
    expect(seen).toEqual(ids.toSorted().toReversed());
  });

  it("gives dispatchers every tenant's active subscriptions, with a revision that increases with each relevant change", async () => {
    const [one, two, paused] = [newId(), newId(), newId()];
    await happen(
      [1, created(one)],
      [1, created(two), 'other'],
      [1, created(paused)],
      [2, changed('webhook-subscription.paused', paused)],
    );
    const at = (first: number) =>
      new Map([
        [one, first],
        [two, 1],
      ]);
    const active = async () => new Map((await subscriptions.activeRevisions()).flatMap((part) => [...part]));
    expect(await active()).toEqual(at(1));
    expect((await subscriptions.findActive([one, two, paused])).length).toBe(2);
    await happen([2, { type: 'webhook.test', data: { subscriptionId: one } }]);
    expect(await active()).toEqual(at(1));
    await happen([3, someUpdated(['rateLimit'], { subscriptionId: one, rateLimit: 5 })]);
    expect(await active()).toEqual(at(2));
  });

  it('is read again only where active subscriptions have changed', async () => {
    const ids = Array.from({ length: 600 }, newId);
    await happen(...ids.map((id) => [1, created(id)] as const));
    const before = await subscriptions.activeRevisions();
    expect(before.reduce((sum, part) => sum + part.size, 0)).toBe(600);
    const [updated, paused, removed] = ids as [string, string, string];
    await happen(
      [2, someUpdated(['rateLimit'], { subscriptionId: updated, rateLimit: 5 })],
      [2, changed('webhook-subscription.paused', paused)],
      [2, changed('webhook-subscription.deleted', removed)],
    );
    const after = await subscriptions.activeRevisions();
    const all = new Map(after.flatMap((part) => [...part]));
    expect(all).toEqual(new Map([...ids.slice(3).map((id) => [id, 1] as const), [updated, 2]]));
    const parts = after.filter((part, index) => part !== before[index]);
    expect(parts.length).toBeLessThanOrEqual(3);
    expect(await subscriptions.activeRevisions()).toEqual(after);
  });

  it('is unsealed for deliveries only', async () => {
    const id = newId();
    const headers = { authorization: 'Bearer secret' };
    const expiresAt = '2026-11-22T00:00:00.000Z';
    await happen([
      1,
      created(id, {
        secrets: [
          { sealed: sealer.seal(SECRET, id), expiresAt: null },
          { sealed: sealer.seal('whsec_old', id), expiresAt },
        ],
        headers: sealer.seal(JSON.stringify(headers), id),
      }),
    ]);
    const [feed] = await subscriptions.findActive([id]);
    expect(feed).toMatchObject({
      feedId: id,
      replayId: null,
      revision: 1,
      start: { 'orders/0': 10 },
      until: null,
      rules: [{ from: { 'orders/0': 10 }, eventTypes: ['order.*'], filter: null }],
      subscription: {
        tenant: 'acme',
        secrets: [
          { secret: SECRET, expiresAt: null },
          { secret: 'whsec_old', expiresAt },
        ],
        headers,
      },
    });
    const [{ row }] = await prisma.$queryRaw<[{ row: string }]>`
      select webhook_subscription::text as row from webhook_subscription`;
    expect(row).not.toMatch(/whsec_|Bearer/);
  });

  it('gives deliveries no rules that all their cursors have passed', async () => {
    const id = newId();
    const secrets = [{ sealed: sealer.seal(SECRET, id), expiresAt: null }];
    const change = { subscriptionId: id, eventTypes: ['stock.*'], secrets, positions };
    await happen([1, created(id)], [2, someUpdated(['eventTypes'], change)]);
    const rules = async () => (await subscriptions.findActive([id]))[0]?.rules;
    const store = new PostgresDispatchStore(prisma);
    const partition = new ClaimedPartition(
      { store, redrive: async () => undefined, skip: async () => undefined },
      { topic: 'orders', partition: 0, owner: newId() },
    );
    await partition.take(10);
    expect(await rules()).toHaveLength(2);
    await partition.save({
      scannedOffset: 19,
      cursors: { [id]: cursorAt(15, { idle: true, rulesRevision: 2 }) },
    });
    expect(await rules()).toHaveLength(2);
    await partition.save({ scannedOffset: 20 });
    const left = { revision: 2, from: positions, eventTypes: ['stock.*'] };
    expect(await rules()).toMatchObject([left]);
    expect(await subscriptions.findActive([id])).toMatchObject([{ start: { 'orders/0': 10 } }]);
  });

  it('leaves out a subscription that cannot be unsealed', async () => {
    const [lost, found] = [newId(), newId()];
    const sealed = new Sealer([randomBytes(KEY_BYTES)]).seal(SECRET, lost);
    await happen([1, created(lost, { secrets: [{ sealed, expiresAt: null }] })], [1, created(found)]);
    const feeds = await subscriptions.findActive([lost, found]);
    expect(feeds.map(({ feedId }) => feedId)).toEqual([found]);
  });
});
