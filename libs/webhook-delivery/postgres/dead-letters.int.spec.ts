import { type ClaimedPartition, laneOf, parkedAt } from '../testing/conformance/store-under-test.js';
import { type Instant, newId, parseInstant } from '#libs/kernel';
import { DeadLetterRepository, type ListedDeadLetter } from './dead-letter.repository.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';

describe('dead letters', () => {
  let store: WebhookStore;
  let deadLetters: DeadLetterRepository;
  let partition: ClaimedPartition;
  let other: ClaimedPartition;
  let subscription: string;

  beforeAll(async () => {
    store = await WebhookStore.open();
    deadLetters = new DeadLetterRepository(store.prisma);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition(0);
    other = await store.partition(1);
    subscription = await store.subscribe();
  });

  const all = { from: undefined, to: undefined };
  const lanes = async () =>
    (await deadLetters.findPage(subscription, 100, undefined)).items.map(({ lane }) => lane).toSorted();

  it('are listed newest first, in pages, with the number parked behind them', async () => {
    for (const [index, where] of [partition, other, partition, other, partition].entries())
      await die(where, subscription, `l${index}`, [10 * index, 10 * index + 1, 10 * index + 2]);
    await die(partition, newId(), 'not ours', [90]);
    await store.prisma
      .$executeRaw`update webhook_lane set parked_at = '2026-01-01T00:00:00.123Z' where lane <> 'l2'`;
    const seen: ListedDeadLetter[] = [];
    for (let last: ListedDeadLetter | undefined; ; ) {
      const page = (
        await deadLetters.findPage(
          subscription,
          2,
          last && { ...last, parkedAt: last.parkedAt.getTime() as Instant },
        )
      ).items;
      seen.push(...page);
      last = page.at(-1);
      if (!last) break;
    }
    expect(seen.map(({ lane }) => lane)).toEqual(['l2', 'l3', 'l1', 'l4', 'l0']);
    expect(seen[1]).toMatchObject({ partition: 1, offset: 30, heldBehind: 2, attempts: 20, replayId: null });
    expect(seen[1]).toMatchObject({ lastError: 'status 500', eventType: 'order.confirmed' });
  });

  it('are released by the ids of their events', async () => {
    const [[first], [second, behind]] = [
      await die(partition, subscription, 'a', [1]),
      await die(other, subscription, 'b', [1, 2]),
    ];
    await die(partition, subscription, 'c', [3]);
    const [foreign] = await die(partition, newId(), 'd', [4]);
    const ids = [first, second, behind, foreign].map((row) => row!.eventId);
    expect(await deadLetters.release(subscription, 'redrive', { eventIds: [...ids, newId()] })).toBe(2);
    expect(await lanes()).toEqual(['c']);
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await other.due()).toEqual({ b: 0 });
  });

  it('are released by the time they were parked', async () => {
    for (const [index, lane] of ['a', 'b', 'c'].entries()) {
      await die(partition, subscription, lane, [index]);
      await store.prisma.$executeRaw`
        update webhook_lane set parked_at = ${new Date(Date.UTC(2026, 0, 1 + index))} where lane = ${lane}`;
    }
    const [from, to] = [parseInstant('2026-01-02T00:00:00Z'), parseInstant('2026-01-02T00:00:00Z')];
    const range = { from, to };
    expect(await deadLetters.release(subscription, 'skip', range)).toBe(1);
    expect(await lanes()).toEqual(['a', 'c']);
    expect(await deadLetters.release(subscription, 'skip', { ...range, to: undefined })).toBe(1);
    expect(await lanes()).toEqual(['a']);
  });

  it('are all released, however many there are', async () => {
    const offsets = Array.from({ length: 12_000 }, (_, offset) => offset);
    for (const where of [partition, other]) {
      await where.save({
        parked: offsets.map((offset) => parkedAt(subscription, `l${offset % 6_000}`, offset)),
        lanes: offsets.slice(0, 6_000).map((offset) => laneOf(subscription, `l${offset}`, offset)),
      });
    }
    expect(await deadLetters.release(subscription, 'skip', all)).toBe(12_000);
    expect(await lanes()).toEqual([]);
    expect(await store.prisma.webhookParkedDelivery.count()).toBe(12_000);
    expect(await deadLetters.release(subscription, 'redrive', all)).toBe(0);
  });

  it('keep their failure time until one is delivered, however else they leave their lane', async () => {
    const [first, second, third] = await die(partition, subscription, 'a', [1, 2, 3]);
    const since = new Date(Date.UTC(2026, 0, 1));
    await store.prisma.$executeRaw`update webhook_lane set failing_since = ${since}`;
    const failing = async () => {
      const rows = await store.prisma.webhookLane.findMany({ orderBy: { lane: 'asc' } });
      return rows.map(({ failingSince }) => failingSince);
    };
    await deadLetters.release(subscription, 'redrive', all);
    expect(await failing()).toEqual([since]);
    await partition.save({
      detached: [{ ...first!, newLane: 'a 1' }],
      lanes: [laneOf(subscription, 'a 1', 1)],
    });
    expect(await failing()).toEqual([since, since]);
    await partition.save({ lanes: [laneOf(subscription, 'a', 2, { attempts: 20 })] });
    await deadLetters.release(subscription, 'skip', { eventIds: [second!.eventId] });
    expect(await failing()).toEqual([since, since]);
    await partition.save({ parked: [parkedAt(subscription, 'a', 4)], delivered: [third!] });
    expect(await failing()).toEqual([null, since]);
  });

  it('are none any more when an event that is owed late comes before them, and keep their failure time', async () => {
    const [first] = await die(partition, subscription, 'a', [5, 6]);
    await store.prisma.$executeRaw`update webhook_lane set announced = true, endpoint_revision = 4`;
    const before = await store.prisma.webhookLane.findFirst();
    await partition.save({ parked: [parkedAt(subscription, 'a', 3)], lanes: [laneOf(subscription, 'a', 5)] });
    expect(await store.prisma.webhookLane.findFirst()).toEqual({
      ...before,
      attempts: 0,
      retryAt: expect.any(Date),
      lastError: null,
      parkedAt: null,
      announced: false,
    });
    expect(before).toMatchObject({ failingSince: expect.any(Date), announced: true, attempts: 20 });
    expect((await deadLetters.findPage(subscription, 10, undefined)).items).toEqual([]);
    for (const selection of [all, { eventIds: [first!.eventId] }])
      expect(await deadLetters.release(subscription, 'skip', selection)).toBe(0);
    expect(await partition.offsets(subscription, 'a')).toEqual([3, 5, 6]);
  });

  it('of a replay belong to its subscription, and a redrive resumes the replay unless it was cancelled', async () => {
    const row = { subscriptionId: subscription, tenant: 'acme', start: {}, until: {} };
    const [completed, cancelled] = [newId(), newId()];
    await store.prisma.webhookReplay.create({
      data: { ...row, replayId: completed, state: 'completed', done: 5n, finishedAt: new Date() },
    });
    await store.prisma.webhookReplay.create({ data: { ...row, replayId: cancelled, state: 'cancelled' } });
    for (const id of [completed, cancelled])
      await die(partition, id, 'a', [id === completed ? 1 : 2], { subscriptionId: subscription });
    const [listed, ...more] = (await deadLetters.findPage(subscription, 10, undefined)).items;
    expect(more).toEqual([]);
    expect(listed).toMatchObject({ replayId: completed, subscriptionId: subscription });
    expect(await deadLetters.release(subscription, 'redrive', all)).toBe(1);
    const replay = await store.prisma.webhookReplay.findUnique({ where: { replayId: completed } });
    expect(replay).toMatchObject({ state: 'running', done: null, finishedAt: null });
  });
});
