import { readdirSync, readFileSync } from 'node:fs';
import { type Metric, register } from 'prom-client';
import { ALERTS } from '../../tools/monitoring/source/rule-files.js';
import { realTime } from '../../tools/monitoring/source/time-scale.js';
import { EXPRESSIONS, RECORDED, selectedBy } from '../monitoring/promql.js';
import { eventually, someOrder, useSharedSystem } from './system.fixture.js';

// Every file with metrics, which then say what labels they have.
for (const folder of ['apps/operations-api/src', 'libs'])
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.ts') && !path.includes('.spec.'))
      if (/new (?:Counter|Gauge|Histogram)[<(]/.test(readFileSync(`${folder}/${path}`, 'utf8')))
        await import(`${process.cwd()}/${folder}/${path}`);

/** Prometheus' own, and those of the exporter of machines, which alerts.slow.spec.ts runs. */
const OF_OTHERS = /^(?:up|ALERTS|node_filesystem_\w+)$/;
/** Prometheus adds them to what it scrapes. */
const LABELS_OF_TARGETS = new Set(['job', 'instance', 'app']);

describe('the metrics of rules and dashboards', () => {
  const { system, client } = useSharedSystem();
  /** What a process shows: names with their types, and series. */
  const shown = async () => (await (await fetch(`${system.app.url}/metrics`)).text()).split('\n');

  beforeAll(async () => {
    await client.post('/v1/orders', someOrder());
    await eventually(async () =>
      expect((await shown()).some((line) => line.startsWith('orderstream_consumer_age_seconds{'))).toBe(true),
    );
  });

  /** The names of a metric's series. */
  const seriesOf = ([name = '', type = '']: string[]): string[] =>
    type === 'histogram' || type === 'summary'
      ? [...(type === 'summary' ? [name] : []), `${name}_bucket`, `${name}_sum`, `${name}_count`]
      : [name];

  it('exist in a running system, with the labels that are matched', async () => {
    const lines = await shown();
    const names = new Set(
      lines
        .filter((line) => line.startsWith('# TYPE '))
        .flatMap((line) => seriesOf(line.slice('# TYPE '.length).split(' '))),
    );
    const labelsOf = (metric: string): ReadonlySet<string> => {
      const base = register.getSingleMetric(metric) ? metric : metric.replace(/_(?:bucket|sum|count)$/, '');
      const known = register.getSingleMetric(base) as
        | (Metric & { readonly labelNames: readonly string[] })
        | undefined;
      return new Set([...(known?.labelNames ?? []), ...(metric.endsWith('_bucket') ? ['le'] : [])]);
    };
    const missing = EXPRESSIONS.flatMap(({ place, expression }) =>
      selectedBy(expression).flatMap(({ metric, labels }) => {
        if (RECORDED.has(metric) || OF_OTHERS.test(metric)) return [];
        if (!names.has(metric)) return [`${place}: ${metric}`];
        const own = labelsOf(metric);
        return labels
          .filter((label) => !own.has(label) && !LABELS_OF_TARGETS.has(label))
          .map((label) => `${place}: ${metric}{${label}}`);
      }),
    );
    expect(missing).toEqual([]);
  });

  it('begin at 0 where an alert counts what is new: `increase` does not see the first of a series', async () => {
    const lines = await shown();
    const counted = ALERTS.flatMap(({ name, expression }) =>
      [...expression(realTime).matchAll(/increase\((\w+_total)(?:\{([^}]*)\})?\[/g)]
        // Whoever cannot know all labels looks for series that were not there before.
        .filter(([, metric]) => !expression(realTime).includes(`${metric} unless ${metric} offset`))
        .map(([, metric = '', labels = '']) => ({ name, metric, labels })),
    );
    const missing = counted.filter(({ metric, labels }) => {
      const wanted = [...labels.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(
        ([, label = '', operator, value = '']) => ({
          label,
          values: operator === '=' ? [value] : value.split('|'),
        }),
      );
      const own = lines.filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
      const isThere = ({ label, values }: (typeof wanted)[number]) =>
        values.every((value) => own.some((line) => line.includes(`${label}="${value}"`)));
      return own.length === 0 || !wanted.every(isThere);
    });
    expect(counted.length).toBeGreaterThan(4);
    expect(missing).toEqual([]);
  });

  it('have a value where the system stands well', async () => {
    const values = new Map((await shown()).map((line) => [line.slice(0, line.lastIndexOf(' ')), line]));
    for (const series of [
      'orderstream_part_ready{part="kafka"}',
      'orderstream_part_ready{part="database"}',
      'orderstream_projection_age_seconds{projection="orders"}',
      'orderstream_consumer_age_seconds{consumer="webhook-dispatcher"}',
      'orderstream_dead_letters{kind="webhook"}',
      'orderstream_webhook_subscriptions{band="idle"}',
      'orderstream_webhook_oldest_undelivered_seconds',
    ])
      expect([series, values.has(series)]).toEqual([series, true]);
  });
});
