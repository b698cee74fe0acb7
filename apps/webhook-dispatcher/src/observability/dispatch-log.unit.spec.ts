import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import type { AttemptReport } from '#libs/dispatching';
import { someOrderEvent } from '#libs/testing';
import { DispatchLog } from './dispatch-log.js';
import { observeLags } from './dispatch-metrics.js';

const REPORT: AttemptReport = {
  subscription: {
    subscriptionId: 'sub',
    tenant: 'tenant',
    callbackUrl: 'https://example.com/?token=hidden',
    eventTypes: ['*'],
    secrets: ['whsec_hidden'],
    status: 'active',
    retry: { maxAttempts: 3, initialDelayMs: 1, maxDelayMs: 1, timeoutMs: 100 },
    startFrom: 'now',
  },
  event: { ...someOrderEvent('order-1', 1), position: { topic: 'orders', partition: 3, offset: 17 } },
  previousEventId: null,
  attempt: 2,
  outcome: { outcome: 'failed', reason: 'status', status: 503, retryAfterMs: 2_000 },
  durationMs: 41,
  retryInMs: 2_000,
};

describe('dispatch log', () => {
  const lines: { level: string; line: Record<string, unknown> }[] = [];
  const collect = (level: string) => (line: Record<string, unknown>) => lines.push({ level, line });
  const log = new DispatchLog();

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
        eventId: REPORT.event.metadata.eventId,
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

  it('counts and measures', async () => {
    observeLags(() => [
      { subscriptionId: 'sub', lag: 3 },
      { subscriptionId: 'sub', lag: 4 },
    ]);
    log.attempted({ ...REPORT, outcome: { outcome: 'delivered', status: 200 }, retryInMs: null });
    log.parked('sub', [
      {
        lane: 'a',
        position: REPORT.event.position,
        eventId: 'e',
        eventType: 't',
        attempts: 3,
        lastError: 'status 500',
      },
      {
        lane: 'a',
        position: REPORT.event.position,
        eventId: 'f',
        eventType: 't',
        attempts: 0,
        lastError: null,
      },
    ]);
    const metrics = await register.metrics();
    expect(metrics).toContain('orderstream_webhook_attempts_total{outcome="delivered"} 1');
    expect(metrics).toContain('orderstream_webhook_parked_total{kind="dead-letter"} 1');
    expect(metrics).toContain('orderstream_webhook_parked_total{kind="held-back"} 1');
    expect(metrics).toContain('orderstream_webhook_feed_lag{subscription="sub"} 7');
  });
});
