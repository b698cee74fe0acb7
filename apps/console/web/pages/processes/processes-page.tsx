import { Stack, Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useScope } from '../../app/session';
import { ChoiceFilter, FilterBar, TextFilter } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { PROCESS_STATES } from './process';
import { ProcessList } from './process-list';

const AGES = {
  '60000': '1 minute',
  '600000': '10 minutes',
  '3600000': '1 hour',
  '86400000': '1 day',
  '604800000': '1 week',
} as const;

/** The processes in one state, the longest without a step first; without a state, all, the newest first. */
function Section({ title, state }: { readonly title: string; readonly state?: string }) {
  const { olderThanMs, tenant } = useSearch({ from: '/processes' });
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {title}
      </Title>
      <ProcessList
        label={`${title} processes`}
        filters={{ olderThanMs, tenant, state }}
        isSample={state !== undefined}
      />
    </section>
  );
}

export function ProcessesPage() {
  const isOperator = useScope('operator');
  const { state, olderThanMs, tenant, pageToken } = useSearch({ from: '/processes' });
  const chosen = { olderThanMs, tenant };
  return (
    <>
      <PageHeader
        title="Processes"
        description="Each carries one order or cart to its end: it sends commands, waits for answers and sets timers."
      />
      <FilterBar names={['state', 'olderThanMs', 'tenant']}>
        <ChoiceFilter name="state" label="State" choices={PROCESS_STATES} any="Any, stuck first" />
        <ChoiceFilter
          name="olderThanMs"
          label="No step for"
          choices={Object.keys(AGES)}
          labels={AGES}
          any="Any time"
        />
        {isOperator && <TextFilter name="tenant" label="Tenant" placeholder="All" />}
      </FilterBar>
      {state === undefined && pageToken === undefined ? (
        <Stack gap="lg">
          <Section title="Stuck" state="stuck" />
          {isOperator ? (
            <>
              <Section title="Running" state="running" />
              <Section title="Waiting" state="waiting" />
            </>
          ) : (
            <Section title="All" />
          )}
        </Stack>
      ) : (
        <ProcessList label="Processes" filters={{ ...chosen, state, pageToken }} />
      )}
    </>
  );
}
