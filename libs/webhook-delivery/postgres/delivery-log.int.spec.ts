import type { AttemptReport } from '../core/ports.js';
import { type ClaimedPartition, cursorAt, laneOf } from '../testing/conformance/store-under-test.js';
import { type Instant, newId } from '#libs/kernel';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import type { Subscription } from '#libs/webhooks';
import { makePrisma } from '#libs/postgres';
import { AttemptDays, AttemptLog } from './attempt-log.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import {
  type DeliveryFilter,
  type DeliveryPageEnd,
  DeliveryRepository,
  type DeliveryStatus,
} from './delivery.repository.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const SETTINGS = { format: 'native', payload: 'full', batch: null } as const;

describe('the delivery log', () => {
  let store: WebhookStore;
  let log: AttemptLog;
  let deliveries: DeliveryRepository;
  let subscription: string;

  beforeAll(async () => {
    store = await WebhookStore.open();
    deliveries = new DeliveryRepository(store.prisma);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    log = new AttemptLog(store.prisma);
    subscription = newId();
  });

  function report(offset: number, given: Partial<AttemptReport> & { eventId?: string } = {}): AttemptReport {
    const { eventId = newId(), ...rest } = given;
    const event = recordedAt(someOrderEvent(newId(), 1, undefined, { eventId }), 0, offset);
    return {
      feedId: subscription,
      replayId: null,
      subscription: { ...SETTINGS, subscriptionId: subscription, tenant: 'acme' } as Subscription,
      events: [event],
      previousEventId: null,
      watermark: 0,
      attempt: 1,
      startedAt: NOW,
      durationMs: 12.6,
      outcome: { outcome: 'delivered', status: 204 },
      retryInMs: null,
      becomes: 'delivered',
      ...rest,
    };
  }
  const failed = (becomes: AttemptReport['becomes'] = 'retried'): Partial<AttemptReport> => ({
    outcome: { outcome: 'failed', reason: 'status', status: 500, answer: 'no\0!' },
    becomes,
  });
  async function write(...reports: AttemptReport[]): Promise<void> {
    for (const each of reports) log.record(each);
    await log.stop();
  }
  const offsets = async (status?: DeliveryStatus) => {
    const found = (await deliveries.findPage(subscription, { status }, 100, undefined)).items;
    return found.map(({ offset }) => offset);
  };

  it('is written promptly and shows each delivery with its attempts', async () => {
    const eventId = newId();
    log.start();
    log.record(report(7, { eventId, ...failed(), startedAt: NOW - 1_000 }));
    log.record(report(7, { eventId, attempt: 2, startedAt: NOW }));
    while ((await offsets()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await log.stop();
    const attempt = { durationMs: 13, reason: null, answer: null };
    expect((await deliveries.findPage(subscription, {}, 10, undefined)).items).toEqual([
      {
        feedId: subscription,
        replayId: null,
        topic: 'orders',
        partition: 0,
        offset: 7,
        eventId,
        eventType: 'order.created',
        events: 1,
        status: 'delivered',
        attempts: [
          {
            ...attempt,
            attempt: 1,
            startedAt: new Date(NOW - 1_000),
            outcome: 'retried',
            statusCode: 500,
            reason: 'status',
            answer: 'no!',
          },
          { ...attempt, attempt: 2, startedAt: new Date(NOW), outcome: 'delivered', statusCode: 204 },
        ],
        last: { startedAt: NOW, attemptId: expect.any(String) },
      },
    ]);
  });

  it('is paged by last attempt, newest first, within a time range', async () => {
    const repeated = newId();
    await write(
      report(0, { eventId: repeated, ...failed(), startedAt: NOW - 9_000 }),
      ...Array.from({ length: 2_500 }, (_, index) =>
        report(index + 1, { startedAt: NOW - 5_000 + (index % 7) }),
      ),
      report(0, { eventId: repeated, startedAt: NOW }),
    );
    const seen: number[] = [];
    for (let after: DeliveryPageEnd | undefined; ; ) {
      const page = (await deliveries.findPage(subscription, {}, 500, after)).items;
      seen.push(...page.map(({ offset }) => offset));
      after = page.at(-1)?.last;
      if (!after) break;
    }
    expect(seen[0]).toBe(0);
    expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(2_501).keys()]);
    const between = (from: number, to: number) => ({
      from: (NOW + from) as Instant,
      to: (NOW + to) as Instant,
    });
    expect((await deliveries.findPage(subscription, between(-9_000, -6_000), 10, undefined)).items).toEqual(
      [],
    );
    expect((await deliveries.findPage(subscription, between(0, 1), 10, undefined)).items).toHaveLength(1);
    expect((await deliveries.findPage(newId(), {}, 10, undefined)).items).toEqual([]);
  });

  it('is filtered by the code of the last attempt, by event type and by event', async () => {
    const partition = await store.partition(0);
    const [redriven] = await die(partition, subscription, 'redriven', [9]);
    const typed = report(5);
    const [event] = typed.events;
    const [first, second] = [newId(), newId()];
    await write(
      report(1, { eventId: first, ...failed(), startedAt: NOW - 10 }),
      report(1, { eventId: first }),
      report(2, { eventId: second, startedAt: NOW - 10 }),
      report(2, { eventId: second, feedId: newId(), replayId: newId(), ...failed() }),
      report(3, { outcome: { outcome: 'failed', reason: 'timeout' }, becomes: 'retried' }),
      report(4, { outcome: { outcome: 'delivered', status: 200 } }),
      { ...typed, events: [{ ...event, type: 'order.shipped' }] },
      report(9, { eventId: redriven!.eventId, ...failed('dead-letter') }),
    );
    await new DeadLetterRepository(store.prisma).release(subscription, 'redrive', {
      eventIds: [redriven!.eventId],
    });
    const found = async (filter: DeliveryFilter) => {
      const { items } = await deliveries.findPage(subscription, filter, 100, undefined);
      return items.map(({ offset }) => offset).toSorted((a, b) => a - b);
    };
    expect(await found({ code: 204 })).toEqual([1, 2, 5]);
    expect(await found({ code: 200 })).toEqual([4]);
    expect(await found({ code: 500 })).toEqual([2]);
    expect(await found({ code: 'none' })).toEqual([3]);
    expect(await found({ code: 204, status: 'retrying' })).toEqual([]);
    expect(await found({ code: 500, status: 'retrying' })).toEqual([2]);
    expect(await found({ eventType: 'order.shipped' })).toEqual([5]);
    expect(await found({ eventType: 'order.shipped', code: 200 })).toEqual([]);
    expect(await found({ eventIds: [first, second] })).toEqual([1, 2, 2]);
    expect(await found({ eventIds: [] })).toEqual([]);
    expect(await found({ eventIds: [first], status: 'retrying' })).toEqual([]);
  });

  it('has the details of the deliveries of one event, and where the event is', async () => {
    const eventId = newId();
    const answerHeaders = { 'content-type': 'text/plain', 'set-cookie': ['a=b'], 'x-odd': 'a\0\nb' };
    await write(
      report(7, {
        eventId,
        previousEventId: subscription,
        outcome: { outcome: 'failed', reason: 'status', status: 500, answerHeaders },
        becomes: 'retried',
      }),
      report(7, { eventId, feedId: newId(), replayId: newId(), startedAt: NOW - 5 }),
      report(8),
    );
    await store.prisma.$executeRaw`update webhook_attempt set exchange = null where replay_id is not null`;
    const { items } = await deliveries.findOfEvent(subscription, eventId, 10, undefined);
    expect(items.map(({ offset, replayId, status }) => [offset, replayId !== null, status])).toEqual([
      [7, false, 'retrying'],
      [7, true, 'delivered'],
    ]);
    expect(items.map(({ attempts }) => attempts[0]?.exchange)).toEqual([
      {
        form: { format: 'native', payload: 'full', isBatch: false },
        previousEventId: subscription,
        watermark: expect.any(Number),
        offsets: [7],
        answerHeaders: [
          ['content-type', 'text/plain'],
          ['x-odd', 'a  b'],
        ],
      },
      undefined,
    ]);
    const page = await deliveries.findOfEvent(subscription, eventId, 1, items[0]!.last);
    expect(page.items).toEqual([items[1]]);
    const place = { topic: 'orders', partition: 0, offset: 7, eventType: 'order.created' };
    expect(await deliveries.findEvent(subscription, eventId)).toEqual(place);
    expect(await deliveries.findEvent(newId(), eventId)).toBeUndefined();
    const [parked] = await die(await store.partition(0), subscription, 'lane', [9]);
    expect(await deliveries.findEvent(subscription, parked!.eventId)).toMatchObject({ offset: 9 });
  });

  it('shows the status of each delivery', async () => {
    const partition: ClaimedPartition = await store.partition(0);
    const deadLetters = new DeadLetterRepository(store.prisma);
    const [[dead], [skipped], [redriven]] = [
      await die(partition, subscription, 'dead', [1]),
      await die(partition, subscription, 'skipped', [2]),
      await die(partition, subscription, 'redriven', [3]),
    ];
    const rows = [dead!, skipped!, redriven!];
    await write(
      ...rows.map(({ offset, eventId }) => report(offset, { eventId, ...failed('dead-letter') })),
      report(4, failed()),
      report(5, failed('cut-short')),
      report(6),
      report(7, { feedId: newId(), replayId: newId() }),
    );
    await partition.save({ cursors: { [subscription]: cursorAt(4) } });
    await deadLetters.release(subscription, 'skip', { eventIds: [skipped!.eventId] });
    await deadLetters.release(subscription, 'redrive', { eventIds: [redriven!.eventId] });
    expect(await offsets('dead-letter')).toEqual([1]);
    expect(await offsets('skipped')).toEqual([2]);
    expect((await offsets('retrying')).toSorted()).toEqual([3, 4, 5]);
    expect((await offsets('delivered')).toSorted()).toEqual([6, 7]);
    await partition.save({ lanes: [laneOf(subscription, 'redriven', 3)] });
    expect((await offsets('dead-letter')).toSorted()).toEqual([1, 3]);
  });

  it.each([
    ['nothing of its feed', undefined],
    ['what came before it', cursorAt(1)],
  ])('recognises a dead letter of which the dispatcher saved only %s', async (_, cursor) => {
    const partition = await store.partition(0);
    if (cursor) await partition.save({ cursors: { [subscription]: cursor } });
    const dead = report(1, failed('dead-letter'));
    await write(dead);
    expect(await offsets('dead-letter')).toEqual([1]);
    expect(await offsets('skipped')).toEqual([]);
    const [parked] = await die(partition, subscription, 'dead', [1]);
    await partition.save({ cursors: { [subscription]: cursorAt(2) } });
    expect(await offsets('dead-letter')).toEqual([1]);
    await new DeadLetterRepository(store.prisma).release(subscription, 'skip', {
      eventIds: [parked!.eventId],
    });
    expect(await offsets('skipped')).toEqual([1]);
  });

  it('recognises a skipped delivery that finished out of order or in an idle feed', async () => {
    const partition = await store.partition(0);
    await write(report(5, failed('dead-letter')));
    await partition.save({
      cursors: { [subscription]: cursorAt(1, { finished: [{ from: 4, to: 6 }] }) },
    });
    expect(await offsets('skipped')).toEqual([5]);
    await partition.save({ scannedOffset: 6, cursors: { [subscription]: cursorAt(1, { idle: true }) } });
    expect(await offsets('skipped')).toEqual([5]);
  });

  it('recognises a redriven delivery before its next attempts are logged', async () => {
    const partition = await store.partition(0);
    const deadLetters = new DeadLetterRepository(store.prisma);
    const [row] = await die(partition, subscription, 'dead', [1]);
    await partition.save({ cursors: { [subscription]: cursorAt(2) } });
    await write(report(1, { eventId: row!.eventId, ...failed('dead-letter') }));
    await deadLetters.release(subscription, 'redrive', { eventIds: [row!.eventId] });
    expect(await offsets('retrying')).toEqual([1]);
    const delivered = { feedId: subscription, lane: 'dead', offset: 1 };
    await partition.save({ delivered: [delivered] });
    expect(await offsets('delivered')).toEqual([1]);
    const [delivery] = (await deliveries.findPage(subscription, {}, 10, undefined)).items;
    expect(delivery).toMatchObject({
      status: 'delivered',
      events: 1,
      attempts: [{ outcome: 'dead-letter' }],
    });
  });

  it('drops what the database does not accept, without delaying delivery', async () => {
    const nobody = makePrisma({ url: 'postgresql://127.0.0.1:1/none', poolSize: 1, timeoutMs: 500 });
    const away = new AttemptLog(nobody);
    away.start();
    for (let offset = 0; offset < 30_000; offset++) away.record(report(offset));
    await away.stop();
    await nobody.$disconnect();
    // A row that the table cannot store must not block the rest.
    log.record(report(1, { attempt: 2 ** 40 }));
    await log.stop();
    await write(report(2));
    expect(await offsets()).toEqual([2]);
  });

  describe('has daily partitions', () => {
    const days = async () => {
      const rows = await store.prisma.$queryRaw<{ name: string }[]>`
        select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'webhook_attempt'::regclass`;
      return rows.map(({ name }) => name.replace('webhook_attempt_', '')).toSorted();
    };

    it('that are created ahead and dropped after the retention time', async () => {
      const made = new AttemptDays(store.prisma);
      const now = Date.parse('2026-03-01T23:59:59Z');
      await Promise.all([made.lookAfter(7, now), new AttemptDays(store.prisma).lookAfter(7, now)]);
      await made.lookAfter(7, now);
      expect(await days()).toEqual(['20260301', '20260302', '20260303', 'default']);
      const at = (time: string) => report(1, { startedAt: Date.parse(time) });
      await write(at('2026-02-01T00:00:00Z'), at('2026-03-01T00:00:00Z'), at('2026-03-03T23:59:59Z'));
      expect(await offsets()).toHaveLength(3);
      await made.lookAfter(7, Date.parse('2026-03-08T00:00:00Z'));
      expect(await days()).toContain('20260301');
      expect(await offsets()).toHaveLength(2);
      await made.lookAfter(7, Date.parse('2026-03-09T00:00:00Z'));
      expect(await days()).not.toContain('20260301');
      expect(await offsets()).toHaveLength(1);
    });

    it('of which none is created if its rows came first', async () => {
      const now = Date.now() + 400 * DAY_MS;
      await write(report(1, { startedAt: now }));
      await new AttemptDays(store.prisma).lookAfter(90, now);
      expect(await offsets()).toEqual([1]);
    });
  });
});
