import { type ClaimedPartition, cursorAt } from '../testing/conformance/store-under-test.js';
import { type Instant, newId } from '#libs/kernel';
import { MANY, makeReplay, replaysOf, sealer, someReplay } from '../testing/replay.fixture.js';
import {
  MAX_RUNNING_REPLAYS,
  type NewReplay,
  type Replay,
  type ReplayRepository,
} from './replay.repository.js';
import { WebhookStore } from '../testing/webhook-store.fixture.js';

describe('replays', () => {
  let store: WebhookStore;
  let replays: ReplayRepository;
  let subscription: string;
  let zero: ClaimedPartition;

  beforeAll(async () => {
    store = await WebhookStore.open();
    replays = replaysOf(store);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    subscription = await store.subscribe();
    zero = await store.partition(0);
  });

  const some = (given: Partial<NewReplay> = {}) => someReplay(subscription, given);
  const make = (given: Partial<NewReplay> = {}) => makeReplay(replays, subscription, given);
  const active = async () => (await replays.activeRevisions())[0]!;
  const find = async (id: string) => (await replays.findOne(subscription, id))!;

  it('are created once per request, and not by a different request with the same key', async () => {
    const replay = some({ eventTypes: ['order.created'], callbackUrl: 'https://other.example' });
    const made = await replays.create(replay, MANY);
    expect(made).toMatchObject({
      replayId: replay.replayId,
      subscriptionId: subscription,
      state: 'running',
      done: 0,
      total: 60,
      eventTypes: ['order.created'],
      callbackUrl: 'https://other.example',
      finishedAt: null,
    });
    expect(await replays.create(replay, MANY)).toMatchObject({ replayId: replay.replayId });
    expect(await replays.create({ ...replay, requestHash: 'b' }, MANY)).toBe('other-request');
    expect(await replays.findOne(newId(), replay.replayId)).toBeUndefined();
  });

  it('go to their own URL, whose query is sealed, without the secrets of another host', async () => {
    const at = async (callbackUrl: string, query = '') => {
      const replayId = newId();
      const callbackQuery = query === '' ? null : sealer.seal(query, replayId);
      await make({ replayId, callbackUrl, callbackQuery });
      const [feed] = await replays.findActive([replayId]);
      return feed!.subscription;
    };
    const headers = { authorization: 'private' };
    expect(await at('https://live.example/other', '?token=t')).toMatchObject({
      callbackUrl: 'https://live.example/other?token=t',
      headers,
      endpointRevision: 0,
    });
    for (const elsewhere of ['https://other.example/', 'http://live.example/', 'https://live.example:444/'])
      expect(await at(elsewhere)).toMatchObject({ callbackUrl: elsewhere, headers: {} });
    // Created before queries were sealed.
    expect(await at('https://live.example/?token=t')).toMatchObject({
      callbackUrl: 'https://live.example/?token=t',
    });
    const own = await make();
    const [feed] = await replays.findActive([own]);
    expect(feed!.subscription).toMatchObject({ callbackUrl: 'https://live.example', headers });
  });

  it('are still delivered when another one cannot be unsealed', async () => {
    const [broken, fine] = [
      await make({ callbackUrl: 'https://other.example/', callbackQuery: 'v1.nonsense' }),
      await make(),
    ];
    expect((await replays.findActive([broken, fine])).map(({ feedId }) => feedId)).toEqual([fine]);
  });

  it('run at most ten at a time, however many are requested at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 15 }, () => replays.create(some(), MANY)));
    expect(outcomes.filter((outcome) => outcome === 'too-many-running')).toHaveLength(5);
    const [running] = outcomes.filter((outcome) => typeof outcome === 'object');
    await replays.cancel(subscription, running!.replayId);
    expect(await replays.create(some(), MANY)).toMatchObject({ state: 'running' });
    expect(await store.prisma.webhookReplay.count({ where: { state: 'running' } })).toBe(MAX_RUNNING_REPLAYS);
  });

  it('run up to the limit per tenant, over all its subscriptions', async () => {
    const other = await store.subscribe();
    const asked = [subscription, other, subscription, other, subscription, other];
    const outcomes = await Promise.all(asked.map((id) => replays.create(someReplay(id), 4)));
    expect(outcomes.filter((outcome) => outcome === 'too-many-of-tenant')).toHaveLength(2);
    expect(await replays.create(some({ tenant: 'other' }), 4)).toMatchObject({ state: 'running' });
  });

  it('are separate feeds with the present settings of the subscription', async () => {
    const [plain, narrowed] = [
      await make(),
      await make({ eventTypes: ['order.created'], callbackUrl: 'https://other.example' }),
    ];
    const feeds = new Map(
      (await replays.findActive([plain, narrowed, newId()])).map((feed) => [feed.feedId, feed]),
    );
    expect(feeds.get(plain)).toMatchObject({
      replayId: plain,
      subscription: { callbackUrl: 'https://live.example' },
      rules: [{ from: {}, eventTypes: ['order.*'], filter: { 'data.a': 1 } }],
      start: { 'orders/1': 10 },
      until: { 'orders/0': 40, 'orders/1': 30 },
    });
    expect(feeds.get(narrowed)).toMatchObject({
      subscription: { callbackUrl: 'https://other.example', subscriptionId: subscription },
      rules: [{ from: {}, eventTypes: ['order.created'], filter: { 'data.a': 1 } }],
    });
    expect(feeds.size).toBe(2);
  });

  it('have a revision that changes with the subscription, and wait while it is paused', async () => {
    const id = await make();
    const [[, before] = []] = await active();
    await store.subscribe({ subscriptionId: subscription, revision: 2 });
    expect((await active()).get(id)).toBeGreaterThan(before!);
    expect((await replays.findActive([id]))[0]?.revision).toBe((await active()).get(id));
    await store.subscribe({ subscriptionId: subscription, status: 'paused' });
    expect(await active()).toEqual(new Map());
    expect(await replays.findActive([id])).toEqual([]);
    expect(await find(id)).toMatchObject({ state: 'running' });
  });

  it('can be cancelled while they run, under their own subscription only', async () => {
    const id = await make();
    await zero.save({ cursors: { [id]: cursorAt(25) } });
    expect(await replays.cancel(newId(), id)).toBe(false);
    expect(await replays.cancel(subscription, id)).toBe(true);
    expect(await replays.cancel(subscription, id)).toBe(true);
    expect(await find(id)).toMatchObject({ state: 'cancelled', done: 25 });
    expect(await active()).toEqual(new Map());
    expect(await replays.completeFinished()).toBe(0);
  });

  it('are listed newest first, in pages', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) ids.push(await make());
    await store.prisma.$executeRaw`update webhook_replay set created_at = '2026-01-01T00:00:00.123Z'`;
    const seen: string[] = [];
    for (let last: Replay | undefined; ; ) {
      const page = (
        await replays.findPage(
          subscription,
          3,
          last && { ...last, createdAt: last.createdAt.getTime() as Instant },
        )
      ).items;
      seen.push(...page.map(({ replayId }) => replayId));
      last = page.at(-1);
      if (!last) break;
    }
    expect(seen).toEqual(ids.toSorted().toReversed());
  });
});
