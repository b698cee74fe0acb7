import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Query } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { countText } from '../../parts/numbers';
import { ageText, TimeText } from '../../parts/time-text';
import type { DeadLetterGroup } from './dead-letter';

const COLUMNS: readonly Column<DeadLetterGroup>[] = [
  { header: 'Kind', cell: ({ kind }) => kind },
  { header: 'Cause', cell: (group) => <OpenGroup {...group} /> },
  {
    header: 'Count',
    cell: ({ count, countIsLowerBound }) => `${countText(count)}${countIsLowerBound ? ' or more' : ''}`,
    isNumber: true,
  },
  { header: 'Tenants', cell: ({ tenants }) => (tenants > 0 ? tenants : ''), isNumber: true },
  { header: 'Oldest', cell: ({ oldest }) => `${ageText(oldest)} ago`, isNumber: true },
  { header: 'Newest', cell: ({ newest }) => <TimeText at={newest} /> },
];

function OpenGroup({ kind, cause }: Pick<DeadLetterGroup, 'kind' | 'cause'>) {
  return (
    <Anchor
      component={Link}
      to="."
      search={((search: object) => ({ ...search, kind, cause, pageToken: undefined })) as never}
      size="sm"
      className="breaks"
    >
      {cause}
    </Anchor>
  );
}

type Filters = { readonly [Name in keyof Query<'/v1/operations/dead-letters/groups'>]?: string | undefined };

/** How many there are of each cause, the largest first. */
export function GroupList({ filters }: { readonly filters: Filters }) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/dead-letters/groups',
    { params: { query: filters as never } },
    { refetchInterval: 5_000 },
  );
  return (
    <DataTable
      label="Dead letters by cause"
      columns={COLUMNS}
      rows={data?.items}
      rowKey={({ kind, cause }) => `${kind} ${cause}`}
      error={error}
      empty="None: nothing waits for a person."
    />
  );
}
