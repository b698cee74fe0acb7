import {
  type ClaimedPartition,
  cursorAt,
  parkedAt,
  laneOf,
} from '../testing/conformance/store-under-test.js';
import { newId } from '#libs/kernel';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { FeedCursorRepository } from './feed-cursor.repository.js';
import { makeReplay, replaysOf } from '../testing/replay.fixture.js';
import type { NewReplay, ReplayRepository } from './replay.repository.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';

describe('running replays', () => {
  let store: WebhookStore;
  let replays: ReplayRepository;
  let subscription: string;
  let zero: ClaimedPartition;
  let one: ClaimedPartition;

  beforeAll(async () => {
    store = await WebhookStore.open();
    replays = replaysOf(store);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    subscription = await store.subscribe();
    zero = await store.partition(0);
    one = await store.partition(1);
  });

  const make = (given: Partial<NewReplay> = {}) => makeReplay(replays, subscription, given);
  const find = async (id: string) => (await replays.findOne(subscription, id))!;

  it('show their progress and are completed at their end', async () => {
    const id = await make();
    await zero.save({ scannedOffset: 5, cursors: { [id]: cursorAt(25) } });
    expect(await find(id)).toMatchObject({ done: 25, total: 60 });
    await one.save({ scannedOffset: 90, cursors: { [id]: cursorAt(20, { idle: true }) } });
    expect(await find(id)).toMatchObject({ done: 45 });
    expect(await replays.completeFinished()).toBe(0);
    await zero.save({ cursors: { [id]: cursorAt(40) }, parked: [parkedAt(id, 'a', 39)] });
    expect(await replays.completeFinished()).toBe(0);
    await zero.save({ lanes: [laneOf(id, 'a', 39)] });
    expect(await replays.completeFinished()).toBe(1);
    expect(await find(id)).toMatchObject({
      state: 'completed',
      done: 60,
      total: 60,
      finishedAt: expect.any(Date),
    });
    expect(await replays.activeRevisions()).toEqual([new Map()]);
    expect(await replays.completeFinished()).toBe(0);
  });

  it('are never completed during the redrive of a dead letter', async () => {
    const deadLetters = new DeadLetterRepository(store.prisma);
    for (let round = 0; round < 20; round++) {
      const id = await make({ until: { 'orders/0': 40 }, start: {} });
      await die(zero, id, 'a', [30], { subscriptionId: subscription });
      await zero.save({ cursors: { [id]: cursorAt(40) } });
      const all = { from: undefined, to: undefined };
      await Promise.all([replays.completeFinished(), deadLetters.release(subscription, 'redrive', all)]);
      expect(await find(id)).toMatchObject({ state: 'running', done: 40 });
      await replays.cancel(subscription, id);
    }
  });

  it('of an empty range are completed at once', async () => {
    const id = await make({ start: {}, until: {} });
    expect(await replays.completeFinished()).toBe(1);
    expect(await find(id)).toMatchObject({ state: 'completed', done: 0, total: 0 });
  });

  it('leave behind only what can still be redriven', async () => {
    const [cancelled, completed, dead, running] = [await make(), await make(), await make(), await make()];
    const cursors = Object.fromEntries([cancelled, completed, dead, running].map((id) => [id, cursorAt(25)]));
    await die(zero, cancelled, 'a', [1]);
    await die(zero, dead, 'a', [2]);
    await zero.save({ cursors });
    const orphan = await make({ subscriptionId: newId() }).catch(() => '');
    expect(orphan).not.toBe('');
    await store.prisma.$executeRaw`update webhook_replay set created_at = now() - interval '1 hour'`;
    await replays.cancel(subscription, cancelled);
    await store.prisma.$executeRaw`
      update webhook_replay set state = 'completed' where replay_id in (${completed}::uuid, ${dead}::uuid)`;
    await store.prisma.$executeRaw`
      update webhook_replay set finished_at = now() - interval '1 hour' where state <> 'running'`;
    await replays.tidy();
    const left = (rows: { feedId: string }[]) => new Set(rows.map(({ feedId }) => feedId));
    expect(left(await store.prisma.webhookCursor.findMany())).toEqual(new Set([dead, running]));
    expect(left(await store.prisma.webhookLane.findMany())).toEqual(new Set([dead]));
    expect(left(await store.prisma.webhookParkedDelivery.findMany())).toEqual(new Set([dead]));
    const gone = await store.prisma.webhookReplay.findUnique({ where: { replayId: orphan } });
    expect(gone).toMatchObject({ state: 'cancelled' });
    expect(await find(running)).toMatchObject({ state: 'running' });
  });

  it('and subscriptions show their position in each partition', async () => {
    await zero.save({ scannedOffset: 70, cursors: { [subscription]: cursorAt(7, { idle: true }) } });
    await one.save({ scannedOffset: 70, cursors: { [subscription]: cursorAt(7) } });
    const cursors = new FeedCursorRepository(store.prisma);
    expect(await cursors.reached(subscription)).toEqual({ 'orders/0': 70, 'orders/1': 7 });
    expect(await cursors.reached(newId())).toEqual({});
  });
});
