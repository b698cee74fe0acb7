import type { AttemptReport } from '../core/ports.js';
import { explain } from '../core/explain/explain.js';
import type { ExplainedSubscription } from '../core/explain/delivery-facts.js';
import {
  type ClaimedPartition,
  cursorAt,
  laneOf,
  parkedAt,
} from '../testing/conformance/store-under-test.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';
import { newId, type RecordedEvent } from '#libs/kernel';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import type { Subscription } from '#libs/webhooks';
import { AttemptLog } from './attempt-log.js';
import { DeadLetterRepository } from './dead-letter.repository.js';
import { DeliveryFactsRepository } from './delivery-facts.repository.js';

const LATER = Date.now() + 60_000;
const ALL = { from: undefined, to: undefined };

describe('the facts of a delivery', () => {
  let store: WebhookStore;
  let repository: DeliveryFactsRepository;
  let partition: ClaimedPartition;
  let subscription: ExplainedSubscription;
  let feed: string;

  beforeAll(async () => {
    store = await WebhookStore.open();
    repository = new DeliveryFactsRepository(store.prisma);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    partition = await store.partition();
    feed = await store.subscribe();
    subscription = {
      subscriptionId: feed,
      tenant: 'acme',
      status: 'active',
      disabledReason: null,
      ordering: 'stream',
      batch: null,
      start: {},
      rules: [{ from: {}, eventTypes: ['*'], filter: null }],
    };
  });

  const eventAt = (offset: number, streamId = 'a', eventId = newId()): RecordedEvent =>
    recordedAt(someOrderEvent(streamId, 1, undefined, { eventId, streamId, tenant: 'acme' }), 0, offset);
  const find = (event: RecordedEvent) => repository.find(subscription, event);
  const outcomeOf = async (event: RecordedEvent) =>
    explain({ ...(await find(event)), event, subscription }).outcome;
  const report = (event: RecordedEvent, given: Partial<AttemptReport>): AttemptReport => ({
    feedId: feed,
    replayId: null,
    subscription: { subscriptionId: feed, tenant: 'acme' } as Subscription,
    events: [event],
    previousEventId: null,
    watermark: 0,
    attempt: 1,
    startedAt: Date.parse('2026-01-01T00:00:00.000Z'),
    durationMs: 1,
    outcome: { outcome: 'delivered', status: 204 },
    retryInMs: null,
    becomes: 'delivered',
    ...given,
  });
  async function logged(...reports: readonly AttemptReport[]): Promise<void> {
    const log = new AttemptLog(store.prisma);
    for (const each of reports) log.record(each);
    await log.stop();
  }

  it('are none where nothing was done yet', async () => {
    expect(await find(eventAt(5))).toEqual({
      cursor: null,
      isParked: false,
      lane: null,
      skippedAt: null,
      log: { delivered: null, lastFailed: null, replays: [] },
    });
  });

  it('have the cursor, which stands at the scanned offset while idle', async () => {
    const finished = [{ from: 7, to: 9 }];
    await partition.save({ scannedOffset: 20, cursors: { [feed]: cursorAt(5, { finished }) } });
    expect((await find(eventAt(6))).cursor).toMatchObject({ watermark: 5, finished, rulesRevision: 1 });
    expect([await outcomeOf(eventAt(6)), await outcomeOf(eventAt(8))]).toEqual(['pending', 'delivered']);
    await partition.save({ scannedOffset: 30, cursors: { [feed]: cursorAt(9, { idle: true }) } });
    expect((await find(eventAt(29))).cursor).toMatchObject({ watermark: 30 });
  });

  it('have the lane of the delivery, with its first one', async () => {
    const [first, behind] = await die(partition, feed, 'a', [5, 6]);
    const facts = await find(eventAt(6, 'a', behind!.eventId));
    const front = { eventId: first!.eventId, eventType: 'order.confirmed', offset: 5 };
    expect(facts).toMatchObject({
      isParked: true,
      lane: { lane: 'a', attempts: 20, retryAt: null, lastError: 'status 500', front },
    });
    expect(facts.lane?.deadSince).toEqual(expect.any(String));
    expect([await outcomeOf(eventAt(5)), await outcomeOf(eventAt(6)), await outcomeOf(eventAt(7))]).toEqual([
      'parked',
      'blocked',
      'blocked',
    ]);
    // Another lane, and another feed.
    expect(await find(eventAt(7, 'b'))).toMatchObject({ isParked: false, lane: null });
    await die(partition, newId(), 'b', [7]);
    expect(await find(eventAt(7, 'b'))).toMatchObject({ isParked: false, lane: null });
  });

  it('have the next attempt of a lane that is retried', async () => {
    await partition.save({
      parked: [parkedAt(feed, 'a', 5), parkedAt(feed, 'a', 6)],
      lanes: [laneOf(feed, 'a', 5, { attempts: 3, retryAt: LATER })],
    });
    expect((await find(eventAt(5))).lane).toMatchObject({
      retryAt: new Date(LATER).toISOString(),
      failingSince: expect.any(String),
      deadSince: null,
    });
    expect([await outcomeOf(eventAt(5)), await outcomeOf(eventAt(6))]).toEqual(['retrying', 'pending']);
  });

  it('know a dead letter that its subscription goes on without', async () => {
    const event = eventAt(5);
    const lane = `skipped/${event.metadata.eventId}`;
    await partition.save({ parked: [parkedAt(feed, lane, 5)], lanes: [laneOf(feed, lane, 5)] });
    expect(await outcomeOf(event)).toBe('skipped');
  });

  it('keep a note of what an operator skipped, of live deliveries only', async () => {
    const replay = newId();
    await die(partition, feed, 'a', [5]);
    await die(partition, replay, 'a', [6], { subscriptionId: feed });
    await partition.save({ cursors: { [feed]: cursorAt(9) } });
    expect(await new DeadLetterRepository(store.prisma).release(feed, 'skip', ALL)).toBe(2);
    expect(await find(eventAt(5))).toMatchObject({ isParked: false, skippedAt: expect.any(String) });
    expect([await outcomeOf(eventAt(5)), await outcomeOf(eventAt(6))]).toEqual(['skipped', 'delivered']);
    expect(await store.prisma.webhookSkip.count()).toBe(1);
  });

  it('have the attempts that the delivery log still has, and the replays that delivered it too', async () => {
    const event = eventAt(5);
    const [replay, other] = [newId(), newId()];
    const failed = {
      outcome: { outcome: 'failed', reason: 'status', status: 503 },
      becomes: 'retried',
    } as const;
    await logged(
      report(event, failed),
      report(event, { attempt: 2, startedAt: Date.parse('2026-01-01T00:00:07.500Z') }),
      report(event, { feedId: replay, replayId: replay }),
      report(event, { feedId: other, replayId: other, ...failed }),
      report(eventAt(6), {}),
    );
    expect((await find(event)).log).toEqual({
      delivered: { at: '2026-01-01T00:00:07.500Z', attempt: 2, statusCode: 204, error: null },
      lastFailed: { at: '2026-01-01T00:00:00.000Z', attempt: 1, statusCode: 503, error: 'status 503' },
      replays: [replay],
    });
  });
});
