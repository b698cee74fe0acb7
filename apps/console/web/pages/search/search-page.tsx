import { Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { FilterBar, TextFilter } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { TenantLink } from '../../parts/tenant-link';
import { pageOfHit } from './page-of-hit';

type Hit = Item<'/v1/operations/search'>;

const COLUMNS: readonly Column<Hit>[] = [
  { header: 'Kind', cell: ({ kind }) => kind },
  { header: 'Found', cell: (hit) => <HitLink {...hit} /> },
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'What it is', cell: ({ label }) => <span className="breaks">{label}</span> },
];

function HitLink({ kind, id, tenant, label }: Hit) {
  const page = pageOfHit({ kind, id, label });
  if (!page) return id;
  return (
    <TenantLink to={page.to} search={page.search} tenant={tenant}>
      {id}
    </TenantLink>
  );
}

export function SearchPage() {
  const { q } = useSearch({ from: '/search' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/search',
    { params: { query: { q: q ?? '' } } },
    { enabled: q !== undefined },
  );
  return (
    <>
      <PageHeader
        title={q === undefined ? 'Search' : `Search for ${q}`}
        description="By an id or its first eight digits, a position, a tenant, SKU or cart or its beginning, or a customer’s id."
      />
      <FilterBar names={[]}>
        <TextFilter name="q" label="Search all tenants for" />
      </FilterBar>
      {q !== undefined && (
        <DataTable
          label="Results"
          columns={COLUMNS}
          rows={data?.items}
          rowKey={({ kind, id, tenant }) => `${kind} ${tenant ?? ''} ${id}`}
          error={error}
          empty="Nothing was found. An e-mail address or a name finds nothing: they are not searched."
        />
      )}
      {data?.isPartial && (
        <Text size="sm" c="dimmed" mt="xs">
          There are very many tenants: not all were searched for customers, SKUs and carts.
        </Text>
      )}
    </>
  );
}
