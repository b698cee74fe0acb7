import type { AttemptReport } from '../core/ports.js';
import { newId } from '#libs/kernel';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import type { Subscription } from '#libs/webhooks';
import { AttemptLog } from './attempt-log.js';

const TENANTS = 4;

describe('the delivery log while the database is unavailable', () => {
  const event = recordedAt(someOrderEvent(newId(), 1), 0, 1);
  const reportOf = (tenant: string): AttemptReport => ({
    feedId: newId(),
    replayId: null,
    subscription: { subscriptionId: newId(), tenant } as Subscription,
    events: [event],
    previousEventId: null,
    watermark: 0,
    attempt: 1,
    startedAt: 0,
    durationMs: 1,
    outcome: { outcome: 'delivered', status: 200 },
    retryInMs: null,
    becomes: 'delivered',
  });

  it('drops attempts of the tenant with the most and still writes those of others', async () => {
    let isAway = true;
    const written = new Map<string, number>();
    const query = async ({ values }: { values: string[][] }) => {
      if (isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      for (const tenant of values[TENANTS] ?? []) written.set(tenant, (written.get(tenant) ?? 0) + 1);
    };
    const log = new AttemptLog({ pool: { query } } as never);
    for (let n = 0; n < 30_000; n++) log.record(reportOf('greedy'));
    for (let n = 0; n < 50; n++) log.record(reportOf('acme'));
    await log.stop();
    isAway = false;
    for (let n = 0; n < 30_000; n++) log.record(reportOf('greedy'));
    for (let n = 0; n < 50; n++) log.record(reportOf('acme'));
    await log.stop();
    expect([...written]).toEqual([
      ['greedy', 10_000],
      ['acme', 50],
    ]);
  });
});
