import { useSearch } from '@tanstack/react-router';
import { ChoiceFilter, FilterBar, TextFilter, TimeFilter } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { DEAD_LETTER_KINDS, isKind } from './dead-letter';
import { GroupList } from './group-list';
import { LetterList } from './letter-list';
import { ReleaseButtons } from './release-buttons';

export function DeadLettersPage() {
  const { kind, cause, tenant, subscriptionId, from, to, pageToken } = useSearch({ from: '/dead-letters' });
  const filters = { tenant, subscriptionId, from, to };
  return (
    <>
      <PageHeader
        title="Dead letters"
        description="What has come to a stop and waits for a person, of all tenants: webhooks without attempts left, stuck processes, stopped projections, refused mails."
      >
        {isKind(kind) ? <ReleaseButtons choice={{ kind, cause, ...filters }} /> : undefined}
      </PageHeader>
      <FilterBar names={['kind', 'cause', 'tenant', 'subscriptionId', 'from', 'to']}>
        <ChoiceFilter name="kind" label="Kind" choices={DEAD_LETTER_KINDS} />
        <TextFilter name="tenant" label="Tenant" placeholder="All" />
        <TextFilter name="subscriptionId" label="Subscription id" />
        <TimeFilter name="from" label="Since" />
        <TimeFilter name="to" label="Until" />
      </FilterBar>
      {cause === undefined ? (
        <GroupList filters={{ kind, ...filters }} />
      ) : (
        <LetterList filters={{ kind, cause, ...filters, pageToken }} />
      )}
    </>
  );
}
