import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { FilterBar, TextFilter } from '../../parts/filters';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { ageText, TimeText } from '../../parts/time-text';
import { scopesText } from './scopes-text';

type ApiKey = Item<'/v1/operations/keys'>;

const COLUMNS: readonly Column<ApiKey>[] = [
  { header: 'Name', cell: ({ name }) => name },
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'State', cell: ({ state }) => <StatusBadge status={state} /> },
  { header: 'Scopes', cell: ({ scopes }) => scopesText(scopes) },
  { header: 'Last use', cell: ({ lastUsedAt }) => lastUse(lastUsedAt), isNumber: true },
  { header: 'Created', cell: ({ createdAt }) => <TimeText at={createdAt} /> },
  { header: 'Ends', cell: (key) => <End {...key} /> },
  {
    header: 'Id',
    cell: ({ keyId }) => (
      <TenantLink to="/audit" search={{ actor: keyId }}>
        {keyId}
      </TenantLink>
    ),
  },
];

const lastUse = (at: string | undefined): string => (at === undefined ? 'never' : `${ageText(at)} ago`);

function End({ expiresAt, revokedAt }: ApiKey) {
  const at = revokedAt ?? expiresAt;
  return at === undefined ? 'never' : <TimeText at={at} />;
}

/** API keys without their secrets; the id of each leads to what was done with it. */
export function KeyList() {
  const { tenant, pageToken } = useSearch({ from: '/access' });
  const { data, error } = api.useQuery('get', '/v1/operations/keys', {
    params: { query: { tenant, pageToken } },
  });
  return (
    <>
      <FilterBar names={['tenant']}>
        <TextFilter name="tenant" label="Tenant" placeholder="All" />
      </FilterBar>
      <DataTable
        label="API keys"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ keyId }) => keyId}
        error={error}
        empty="No key matches. `orderstream keys create` makes one."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
