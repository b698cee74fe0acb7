import { Group, List, Stack, Text, Title } from '@mantine/core';
import { api, client } from '../../api/client';
import { ActButton } from '../../parts/act-button';
import { type Column, DataTable } from '../../parts/data-table';
import { countText } from '../../parts/numbers';
import { ProblemNotice } from '../../parts/problem-notice';
import { ProgressBar } from '../../parts/progress-bar';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import type { Projection, Verification } from './projection';

type Difference = NonNullable<Verification['differences']>[number];

const COLUMNS: readonly Column<Difference>[] = [
  { header: 'Difference', cell: ({ kind }) => kind },
  { header: 'Table', cell: ({ table }) => table },
  { header: 'Row', cell: ({ key }) => keyText(key) },
  { header: 'Columns', cell: ({ columns }) => columns?.join(', ') },
];

const keyText = (key: Difference['key']): string =>
  Object.entries(key)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** Compares the tables of a projection with the log, and shows what the last comparison has found. */
export function VerificationSection({ projection }: { readonly projection: Projection }) {
  const { name, verification } = projection;
  const path = { projection: name };
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/projections/{projection}/verification',
    { params: { path } },
    {
      enabled: verification !== undefined,
      refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1_000 : false),
    },
  );
  const state = data?.state ?? verification?.state;
  const isRunning = state === 'running';
  return (
    <section className="half">
      <Group gap="sm" mb="xs">
        <Title order={2} size="h5">
          Verification
        </Title>
        {state !== undefined && <StatusBadge status={state} />}
      </Group>
      <Stack gap="sm" align="flex-start">
        <ProblemNotice error={error} />
        {verification === undefined && (
          <Text size="sm" c="dimmed">
            It was not verified yet.
          </Text>
        )}
        {verification !== undefined && data && <Findings found={data} />}
        {!isRunning && (
          <ActButton
            label="Verify"
            said="The verification has begun."
            explanation={`Each row of ${name} is compared with what the events of the log lead to. It only reads, in spare time; projectors keep running.`}
            act={() => client.POST('/v1/operations/projections/{projection}/verify', { params: { path } })}
          />
        )}
      </Stack>
    </section>
  );
}

function Findings({ found }: { readonly found: Verification }) {
  const { state, events, rows, differing = 0, differences = [], obstacles = [], error, endedAt } = found;
  if (state === 'running') return <ProgressBar label="Comparing with the log" {...found} />;
  return (
    <>
      {error !== undefined && <Text size="sm">It failed: {error}</Text>}
      {rows !== undefined && (
        <Text size="sm" component="div">
          {countText(events ?? 0)} events lead to {countText(rows)} rows;{' '}
          {differing === 0 ? 'all are equal' : `${countText(differing)} differ`}.{' '}
          {endedAt !== undefined && <TimeText at={endedAt} />}
        </Text>
      )}
      {obstacles.length > 0 && (
        <List size="sm">
          {obstacles.map((obstacle) => (
            <List.Item key={obstacle}>Not compared: {obstacle}</List.Item>
          ))}
        </List>
      )}
      {differences.length > 0 && (
        <>
          <DataTable
            label="Differences"
            columns={COLUMNS}
            rows={differences}
            rowKey={({ kind, table, key }) => `${kind} ${table} ${keyText(key)}`}
            empty=""
          />
          {differing > differences.length && (
            <Text size="sm" c="dimmed">
              The first {differences.length} of {countText(differing)}.
            </Text>
          )}
        </>
      )}
    </>
  );
}
