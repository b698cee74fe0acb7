import { newId } from '#libs/kernel';
import { someOrderEvent, recordedAt } from '#libs/orders/testing';
import { makePrisma } from '#libs/postgres';
import type { Subscription } from '#libs/webhooks';
import type { AttemptReport } from '../core/ports.js';
import { TALLY_PERIODS, tallyRange } from '../core/tallies/tally-periods.js';
import { die, WebhookStore } from '../testing/webhook-store.fixture.js';
import { TallyLog } from './tally-log.js';
import { TallyRepository } from './tally.repository.js';

const NOW = Date.parse('2026-03-01T12:34:56.789Z');
const MINUTE_MS = 60_000;

describe('the metrics of subscriptions', () => {
  let store: WebhookStore;
  let tallies: TallyRepository;
  let subscription: string;

  beforeAll(async () => {
    store = await WebhookStore.open();
    tallies = new TallyRepository(store.prisma);
  });
  afterAll(async () => store?.close());
  beforeEach(async () => {
    await store.empty();
    subscription = newId();
  });

  const report = (
    status: number | undefined,
    startedAt = NOW,
    given: Partial<AttemptReport> = {},
  ): AttemptReport => ({
    feedId: subscription,
    replayId: null,
    subscription: { subscriptionId: subscription, tenant: 'acme' } as Subscription,
    events: [recordedAt(someOrderEvent(newId(), 1), 0, 1)],
    previousEventId: null,
    watermark: 0,
    attempt: 1,
    startedAt,
    durationMs: 10,
    outcome:
      status !== undefined && status < 300
        ? { outcome: 'delivered', status }
        : { outcome: 'failed', reason: 'status', status },
    retryInMs: null,
    becomes: 'retried',
    ...given,
  });
  async function count(...reports: AttemptReport[]): Promise<void> {
    const log = new TallyLog(store.prisma);
    for (const each of reports) log.record(each);
    await log.stop();
  }
  const summary = async (period: (typeof TALLY_PERIODS)[number], now = NOW) => {
    const found = await tallies.summaries([subscription, newId()], tallyRange(period, now));
    expect(found.size).toBe(2);
    return found.get(subscription)!;
  };

  it.each(TALLY_PERIODS)('add up over %s, whichever dispatcher counted, and when', async (period) => {
    const { from, stepMs } = tallyRange(period, NOW);
    await count(report(200), report(503, NOW, { durationMs: 900 }), report(undefined, NOW - 1));
    await Promise.all([
      count(report(204, from), report(200, NOW, { durationMs: 100 }), report(503, from - 1)),
      count(report(200), report(200, NOW, { replayId: newId() }), report(200, NOW, { becomes: 'cut-short' })),
    ]);
    const found = await summary(period);
    expect(found).toMatchObject({ attempts: 6, delivered: 4, failed: 2, successRate: 4 / 6 });
    expect(found.statusCodes).toEqual([
      { code: 200, count: 3 },
      { code: null, count: 1 },
      { code: 204, count: 1 },
      { code: 503, count: 1 },
    ]);
    expect(found.buckets[0]).toEqual({ from, delivered: 1, failed: 0 });
    expect(found.buckets.at(-1)).toMatchObject({ delivered: 3, failed: 2 });
    expect(found.latencyMs!.p50).toBeGreaterThanOrEqual(8);
    expect(found.latencyMs!.p50).toBeLessThanOrEqual(12);
    expect(found.latencyMs!.p99).toBeGreaterThan(700);
    expect(await summary(period, NOW + stepMs)).toMatchObject({ attempts: 5 });
  });

  it('of nothing are nothing', async () => {
    expect(await summary('7d')).toMatchObject({ attempts: 0, successRate: null, latencyMs: null });
    expect((await tallies.undelivered([subscription])).get(subscription)).toMatchObject({
      oldestUndeliveredAt: null,
      deadLetters: 0,
    });
  });

  it('wait while the database is away, and are forgotten after their period', async () => {
    const nobody = makePrisma({ url: 'postgresql://127.0.0.1:1/none', poolSize: 1, timeoutMs: 500 });
    const place = { pool: nobody.pool };
    const log = new TallyLog(place);
    log.record(report(200));
    await log.stop();
    log.record(report(200, NOW - 90 * MINUTE_MS));
    place.pool = store.prisma.pool;
    await log.stop();
    await nobody.$disconnect();
    expect(await summary('24h')).toMatchObject({ attempts: 2 });
    await log.forget(NOW);
    expect(await summary('1h', NOW - 60 * MINUTE_MS)).toMatchObject({ attempts: 0 });
    expect(await summary('1h')).toMatchObject({ attempts: 1 });
    await log.forget(NOW + 8 * 86_400_000);
    for (const period of TALLY_PERIODS) expect(await summary(period)).toMatchObject({ attempts: 0 });
  });

  it('tell what is undelivered, and since when', async () => {
    const partition = await store.partition(0);
    await die(partition, subscription, 'dead', [1]);
    await die(partition, subscription, 'dead too', [2, 3]);
    await die(partition, subscription, 'waits', [4], { attempts: 1, retryAt: NOW });
    await die(partition, newId(), 'other', [5]);
    const found = (await tallies.undelivered([subscription])).get(subscription)!;
    expect(found.deadLetters).toBe(2);
    expect(found.oldestUndeliveredAt).toBeInstanceOf(Date);
  });
});
