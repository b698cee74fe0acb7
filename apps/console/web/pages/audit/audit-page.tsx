import { Anchor, Drawer } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { ChoiceFilter, FilterBar, TextFilter, TimeFilter, useFilters } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { ActFacts } from './act-facts';
import { type Act, ACT_NAMES, type ActQuery } from './acts';

const COLUMNS: readonly Column<Act>[] = [
  { header: 'When', cell: ({ at }) => <TimeText at={at} /> },
  {
    header: 'Act',
    cell: ({ actId, act }) => (
      <Anchor
        component={Link}
        to="."
        search={((search: object) => ({ ...search, actId })) as never}
        replace
        size="sm"
      >
        {act}
      </Anchor>
    ),
  },
  { header: 'Actor', cell: ({ actor, actorKind }) => `${actor} (${actorKind})` },
  { header: 'Tenant', cell: ({ tenant }) => tenant ?? 'the system' },
  {
    header: 'What',
    cell: ({ objectKind, objectId, route }) => (objectKind ? `${objectKind} ${objectId ?? ''}` : route),
  },
  { header: 'Outcome', cell: ({ outcome }) => <StatusBadge status={outcome} /> },
];

export function AuditPage() {
  const { actId, ...filters } = useSearch({ from: '/audit' });
  const [, change] = useFilters();
  const query = filters as ActQuery;
  const { data, error } = api.useQuery('get', '/v1/operations/audit', { params: { query } });
  return (
    <>
      <PageHeader
        title="Audit"
        description="Who did what, newest first. Reading this list is recorded, too."
      />
      <FilterBar names={['actor', 'act', 'tenant', 'from', 'to']}>
        <TextFilter name="actor" label="Actor" placeholder="Key id, subject, user@host" />
        <ChoiceFilter name="act" label="Act" choices={ACT_NAMES} />
        <TextFilter name="tenant" label="Tenant" placeholder="All" />
        <TimeFilter name="from" label="From" />
        <TimeFilter name="to" label="Before" />
      </FilterBar>
      <DataTable
        label="Acts"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ actId }) => actId}
        error={error}
        empty="No act matches."
      />
      <Pager nextPageToken={data?.nextPageToken} />
      <Drawer
        opened={actId !== undefined}
        onClose={() => change({ actId: undefined, pageToken: filters.pageToken })}
        position="right"
        size="lg"
        title="One act"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {actId !== undefined && <ActFacts actId={actId} />}
      </Drawer>
    </>
  );
}
