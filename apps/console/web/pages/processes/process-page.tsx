import { Alert, Group, List, Stack, Text, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { api } from '../../api/client';
import { useScope } from '../../app/session';
import { type Column, DataTable } from '../../parts/data-table';
import { Facts } from '../../parts/facts';
import { Identifier } from '../../parts/identifier';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { ageText, durationText, TimeText } from '../../parts/time-text';
import { isOver, type Process, subjectPath } from './process';
import { ProcessActs } from './process-acts';
import { ProcessSteps } from './process-steps';

const TIMER_COLUMNS: readonly Column<Process['timers'][number]>[] = [
  { header: 'Timer', cell: ({ name }) => name },
  { header: 'Due', cell: ({ dueAt }) => <TimeText at={dueAt} /> },
  { header: 'In', cell: ({ dueAt }) => untilText(dueAt), isNumber: true },
];

export function ProcessPage() {
  const { processId } = useParams({ from: '/processes/$processId' });
  const mayAct = useScope('orders:write');
  const { data: process, error } = api.useQuery(
    'get',
    '/v1/processes/{processId}',
    { params: { path: { processId } } },
    { refetchInterval: ({ state: { data } }) => (data && isOver(data) ? false : 3_000) },
  );
  return (
    <>
      <PageHeader
        title={process ? `Process ${process.process}` : 'Process'}
        mark={process && <StatusBadge status={process.state} />}
        description={<Identifier value={processId} label="process id" />}
      >
        {process && mayAct && !isOver(process) && <ProcessActs process={process} />}
      </PageHeader>
      <ProblemNotice error={error} />
      {process && <Story process={process} />}
    </>
  );
}

function Story({ process }: { readonly process: Process }) {
  const { label, to, search } = subjectPath(process);
  const { open, timers, lastError, startedAt, updatedAt, subject, version } = process;
  return (
    <Stack gap="lg">
      {lastError !== undefined && (
        <Alert color="red" variant="light" title="Why it makes no progress">
          <Text size="sm" className="breaks">
            {lastError}
          </Text>
        </Alert>
      )}
      <Facts
        items={{
          [label]: (
            <TenantLink to={to} search={search}>
              {subject}
            </TenantLink>
          ),
          Started: <TimeText at={startedAt} />,
          'Last step': (
            <>
              <TimeText at={updatedAt} /> ({ageText(updatedAt)} ago)
            </>
          ),
          Events: version,
        }}
      />
      <Group align="flex-start" gap="xl">
        <section className="half">
          <Title order={2} size="h5" mb="xs">
            Commands without an answer
          </Title>
          {open.length === 0 ? (
            <Text c="dimmed" size="sm">
              None.
            </Text>
          ) : (
            <List size="sm">
              {open.map((command) => (
                <List.Item key={command}>{command}</List.Item>
              ))}
            </List>
          )}
        </section>
        <section className="half">
          <Title order={2} size="h5" mb="xs">
            Timers
          </Title>
          <DataTable
            label="Timers"
            columns={TIMER_COLUMNS}
            rows={timers}
            rowKey={({ name }) => name}
            empty="None is set."
          />
        </section>
      </Group>
      <section>
        <Title order={2} size="h5" mb="xs">
          Steps
        </Title>
        <ProcessSteps steps={process.steps} />
      </section>
    </Stack>
  );
}

function untilText(at: string): string {
  const left = Date.parse(at) - Date.now();
  return left > 0 ? durationText(left) : 'now';
}
