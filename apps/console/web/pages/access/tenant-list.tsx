import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { Pager } from '../../parts/pager';
import { TenantLink } from '../../parts/tenant-link';

type Tenant = Item<'/v1/operations/tenants'>;

const COLUMNS: readonly Column<Tenant>[] = [
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'Valid keys', cell: ({ validKeys }) => validKeys, isNumber: true },
  { header: 'Limits', cell: ({ hasOwnLimits }) => (hasOwnLimits ? 'its own' : 'the default ones') },
  {
    header: 'Act for it',
    cell: ({ tenant }) => (
      <TenantLink to="/orders" tenant={tenant} isText>
        Orders of {tenant}
      </TenantLink>
    ),
  },
];

/** Tenants that the system knows by their keys, limits or data. */
export function TenantList() {
  const { pageToken } = useSearch({ from: '/access' });
  const { data, error } = api.useQuery('get', '/v1/operations/tenants', {
    params: { query: { pageToken } },
  });
  return (
    <>
      <DataTable
        label="Tenants"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ tenant }) => tenant}
        error={error}
        empty="No tenant is known yet."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
