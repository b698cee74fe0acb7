import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import type { AttemptReport, DispatchObserver } from '../core/ports.js';
import { someOrderEvent } from '#libs/orders/testing';
import { someFeed } from '../testing/feed.fixture.js';
import { DispatchLog, observeLags, unfailing } from './dispatch-log.js';

const FEED = someFeed();
const EVENT = { ...someOrderEvent('order-1', 1), position: { topic: 'orders', partition: 3, offset: 17 } };
const REPORT: AttemptReport = {
  feedId: 'sub',
  subscription: FEED.subscription,
  replayId: null,
  events: [EVENT],
  previousEventId: null,
  watermark: 0,
  attempt: 2,
  startedAt: 0,
  outcome: { outcome: 'failed', reason: 'status', status: 503, retryAfterMs: 2_000, answer: 'hidden' },
  durationMs: 41,
  retryInMs: 2_000,
  becomes: 'retried',
};

describe('dispatch log', () => {
  const lines: { level: string; line: Record<string, unknown> }[] = [];
  const collect = (level: string) => (line: Record<string, unknown>) => lines.push({ level, line });
  const recorded: AttemptReport[] = [];
  const tallied: AttemptReport[] = [];
  const disabled: string[] = [];
  const lags: [string, number][] = [];
  const log = new DispatchLog(
    { record: (report) => recorded.push(report) },
    { record: (report) => tallied.push(report) },
    {
      disable: async ({ subscriptionId }, reason) => {
        disabled.push(`${subscriptionId} ${reason}`);
      },
    },
    { observe: (work, lagMs) => lags.push([work, lagMs]) },
  );

  beforeAll(() =>
    Logger.overrideLogger({ log: collect('info'), warn: collect('warn'), error: collect('error') }),
  );
  afterAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    lines.length = 0;
  });

  it('writes one line an attempt with all that tells of it, and nothing secret', () => {
    log.attempted(REPORT);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      line: {
        outcome: 'failed',
        reason: 'status',
        status: 503,
        attempt: 2,
        durationMs: 41,
        retryInMs: 2_000,
        subscriptionId: 'sub',
        eventId: EVENT.metadata.eventId,
        position: 'orders/3@17',
      },
    });
    const text = JSON.stringify(lines);
    for (const hidden of ['hidden', 'example.com', 'customer']) expect(text).not.toContain(hidden);
  });

  it('tells of an outage once in a while, not once for each feed', () => {
    for (let partition = 0; partition < 100; partition++) {
      log.failed('read', { topic: 'orders', partition }, new Error('no broker'));
    }
    expect(lines).toHaveLength(1);
  });

  it('hands each attempt to the delivery log', () => {
    log.attempted(REPORT);
    expect(recorded.at(-1)).toBe(REPORT);
    expect(tallied.at(-1)).toBe(REPORT);
  });

  it('has a subscription disabled when its endpoint says that it is gone, but not for a replay', () => {
    const gone = { outcome: 'failed', reason: 'status', status: 410 } as const;
    log.attempted({ ...REPORT, replayId: 'replay', outcome: gone });
    expect(disabled).toEqual([]);
    log.attempted({ ...REPORT, outcome: gone });
    expect(disabled).toEqual(['sub gone']);
  });

  it('tells how long live deliveries waited for this process, not for an endpoint', () => {
    const startedAt = Date.parse(EVENT.metadata.occurredAt) + 70;
    const report = { ...REPORT, startedAt, outcome: { outcome: 'delivered', status: 200 } as const };
    log.attempted(report);
    log.attempted({ ...report, attempt: 1, replayId: 'replay' });
    log.attempted({ ...report, attempt: 1 });
    expect(lags).toEqual([['deliveries', 70]]);
  });

  it('counts and measures', async () => {
    observeLags(() => [
      { feedId: 'sub', isReplay: false, lag: 3, pending: 2 },
      { feedId: 'sub', isReplay: false, lag: 4, pending: 1 },
      { feedId: 'replay', isReplay: true, lag: 9, pending: 0 },
    ]);
    const delivered = { outcome: 'delivered', status: 200 } as const;
    log.attempted({ ...REPORT, outcome: delivered, retryInMs: null, becomes: 'delivered' });
    log.counted(FEED, 'owed', 3);
    log.lookedAt(EVENT.position, { owed: 2, filtered: 5 });
    log.counted({ ...FEED, replayId: 'replay' }, 'parked', 1);
    const metrics = await register.metrics();
    expect(metrics).toContain('orderstream_webhook_attempts_total{class="live",outcome="delivered"} 3');
    expect(metrics).toContain('orderstream_webhook_deliveries_total{class="live",fate="owed"} 3');
    expect(metrics).toContain('orderstream_webhook_deliveries_total{class="replay",fate="held"} 1');
    expect(metrics).toContain('orderstream_webhook_latency_seconds_count 3');
    expect(metrics).toContain('orderstream_webhook_events_total{topic="orders",fate="owed"} 2');
    expect(metrics).toContain('orderstream_webhook_events_total{topic="orders",fate="filtered"} 5');
    expect(metrics).toContain('orderstream_webhook_lag{class="live"} 4');
    expect(metrics).toContain('orderstream_webhook_lag{class="replay"} 9');
    expect(metrics).toContain('orderstream_webhook_pending 3');
    expect(metrics).toContain('orderstream_webhook_awake_feeds 3');
  });
});

it('an observer that fails is told of, and fails nobody', () => {
  const faults: Error[] = [];
  const broken = new Proxy({} as DispatchObserver, {
    get: () => () => {
      throw new Error('fault');
    },
  });
  const observer = unfailing(broken, (error) => faults.push(error));
  observer.attempted({} as never);
  observer.lookedAt({} as never, { owed: 1, filtered: 0 });
  observer.counted({} as never, 'owed', 1);
  observer.lost({} as never);
  observer.failed('read', {} as never, new Error('read'));
  observer.crashed({} as never, 'feed', new Error('crash'));
  expect(faults).toHaveLength(6);
});
