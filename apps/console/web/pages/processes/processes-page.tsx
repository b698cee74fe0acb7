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
          <section>
            <Title order={2} size="h5" mb="xs">
              Stuck
            </Title>
            <ProcessList label="Stuck processes" filters={{ ...chosen, state: 'stuck' }} isSample />
          </section>
          <section>
            <Title order={2} size="h5" mb="xs">
              {isOperator ? 'All that go on' : 'All'}
            </Title>
            <ProcessList label="Processes" filters={chosen} />
          </section>
        </Stack>
      ) : (
        <ProcessList label="Processes" filters={{ ...chosen, state, pageToken }} />
      )}
    </>
  );
}
