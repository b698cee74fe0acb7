import { Group, Stack, Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { api } from '../../../api/client';
import { type Column, DataTable } from '../../../parts/data-table';
import { LazyChart } from '../../../parts/lazy-chart';
import { countText, percentText } from '../../../parts/numbers';
import { PeriodControl, periodOf } from '../../../parts/period-control';
import { ProblemNotice } from '../../../parts/problem-notice';
import { Tile } from '../../../parts/tile';
import { ageText, durationText } from '../../../parts/time-text';
import { successText } from '../list/rows';
import type { Metrics, Subscription } from '../subscription';
import '../webhooks.css';

/** How well deliveries went: in numbers, over time, and by status code. */
export function MetricsTab({ subscription: { subscriptionId } }: { readonly subscription: Subscription }) {
  const { period: text } = useSearch({ from: '/webhooks/$subscriptionId' });
  const period = periodOf(text);
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/metrics',
    { params: { path: { subscriptionId }, query: { period } } },
    { refetchInterval: 5_000 },
  );
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h5">
          The last {period}
        </Title>
        <PeriodControl />
      </Group>
      <ProblemNotice error={error} />
      {data && <Shown metrics={data} />}
    </Stack>
  );
}

function Shown({ metrics }: { readonly metrics: Metrics }) {
  const { latencyMs, buckets, oldestUndeliveredAt: oldest } = metrics;
  const latency = (quantile: 'p50' | 'p95' | 'p99') => (latencyMs ? durationText(latencyMs[quantile]) : '–');
  return (
    <>
      <div className="tiles">
        <Tile label="Success rate" value={successText(metrics)} />
        <Tile label="Attempts" value={countText(metrics.attempts)} />
        <Tile label="Failed" value={countText(metrics.failed)} isBad={metrics.failed > 0} />
        <Tile label="Latency p50" value={latency('p50')} />
        <Tile label="Latency p95" value={latency('p95')} />
        <Tile label="Latency p99" value={latency('p99')} />
        <Tile label="Dead letters" value={countText(metrics.deadLetters)} isBad={metrics.deadLetters > 0} />
        <Tile
          label="Oldest waits"
          value={oldest === undefined ? 'nothing' : ageText(oldest)}
          isBad={oldest !== undefined}
        />
        <Tile label="Lag" value={metrics.lagEvents === undefined ? '–' : countText(metrics.lagEvents)} />
      </div>
      <section>
        <Title order={3} size="h6" mb="xs">
          Attempts over time
        </Title>
        <LazyChart
          label={`${countText(metrics.delivered)} delivered and ${countText(metrics.failed)} failed attempts over the last ${metrics.period}`}
          times={buckets.map(({ from }) => Date.parse(from) / 1_000)}
          series={[
            { label: 'delivered', color: 'teal', values: buckets.map(({ delivered }) => delivered) },
            { label: 'failed', color: 'red', values: buckets.map(({ failed }) => failed) },
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          Answers
        </Title>
        <StatusCodes {...metrics} />
      </section>
    </>
  );
}

type StatusCode = Metrics['statusCodes'][number];

function StatusCodes({ statusCodes, attempts }: Pick<Metrics, 'statusCodes' | 'attempts'>) {
  const columns: readonly Column<StatusCode>[] = [
    { header: 'Status code', cell: ({ code = 'no answer' }) => code },
    { header: 'Attempts', cell: ({ count }) => countText(count), isNumber: true },
    { header: 'Part', cell: ({ count }) => percentText(count / Math.max(1, attempts)), isNumber: true },
  ];
  return (
    <DataTable
      label="Status codes"
      columns={columns}
      rows={statusCodes}
      rowKey={({ code }) => String(code)}
      empty="No attempt in this time."
    />
  );
}
