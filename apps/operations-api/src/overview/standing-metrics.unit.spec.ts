import { Registry } from 'prom-client';
import { observeStanding, type Standing, standingGauges } from './standing-metrics.js';

const registry = new Registry();
for (const gauge of standingGauges) registry.registerMetric(gauge);

const shown = async (standing: Standing) => {
  observeStanding(async () => standing);
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
};

describe('the metrics of where the system stands', () => {
  it('are of everything that is known', async () => {
    const projections = [{ name: 'orders', lagMs: 7_000, stoppedPartitions: 1 }] as never;
    expect(
      await shown({
        overview: { projections, deadLetters: [{ kind: 'mail', count: 2 }], missing: [] },
        consumers: new Map([['webhook-dispatcher', 1_500]]),
        bands: { all: 3, most: 0, some: 0, none: 1, idle: 0, paused: 0, disabled: 0 },
      }),
    ).toEqual(
      expect.arrayContaining([
        'orderstream_projection_age_seconds{projection="orders"} 7',
        'orderstream_consumer_age_seconds{consumer="webhook-dispatcher"} 1.5',
        'orderstream_dead_letters{kind="mail"} 2',
        'orderstream_webhook_subscriptions{band="none"} 1',
        'orderstream_webhook_oldest_undelivered_seconds 0',
      ]),
    );
  });

  it('are absent where nothing is known, so that no old number looks like news', async () => {
    expect(await shown({ overview: { missing: [{ part: 'webhooks', reason: 'away' }] } })).toEqual([]);
    expect(await shown({})).toEqual([]);
  });
});
