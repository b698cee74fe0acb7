import { Text } from '@mantine/core';
import { api } from '../../api/client';
import { useScope, useSession } from '../../app/session';
import { type Column, DataTable } from '../../parts/data-table';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { ageText, TimeText } from '../../parts/time-text';
import { isOver, type ListedProcess, subjectPath } from './process';

const ERROR = 'Last error';

const COLUMNS: readonly Column<ListedProcess>[] = [
  {
    header: 'Process',
    cell: ({ processId, tenant }) => (
      <TenantLink to={`/processes/${processId}`} tenant={tenant}>
        {processId}
      </TenantLink>
    ),
  },
  { header: 'Kind', cell: ({ process }) => process },
  { header: 'State', cell: ({ state }) => <StatusBadge status={state} /> },
  { header: 'Last step', cell: ({ updatedAt }) => `${ageText(updatedAt)} ago`, isNumber: true },
  {
    header: ERROR,
    cell: ({ lastError, open }) => <Text size="sm">{lastError ?? waitsFor(open)}</Text>,
  },
  {
    header: 'Subject',
    cell: (process) => {
      const { label, to, search } = subjectPath(process);
      return (
        <TenantLink to={to} tenant={process.tenant} search={search} isText>
          {label}
        </TenantLink>
      );
    },
  },
  { header: 'Started', cell: ({ startedAt }) => <TimeText at={startedAt} /> },
];

const TENANT: Column<ListedProcess> = { header: 'Tenant', cell: ({ tenant }) => tenant };

const waitsFor = (open: readonly string[]): string => (open.length > 0 ? `waits for ${open.join(', ')}` : '');

interface ProcessListProps {
  readonly label: string;
  readonly filters: {
    readonly state?: string | undefined;
    readonly olderThanMs?: string | undefined;
    readonly tenant?: string | undefined;
    readonly pageToken?: string | undefined;
  };
  /** Only the first ones, with a link to all. */
  readonly isSample?: boolean;
}

const SAMPLE = 20;

/** A page of processes: those of all tenants for an operator. */
export function ProcessList({ label, filters, isSample = false }: ProcessListProps) {
  const session = useSession();
  const isOperator = useScope('operator');
  // Those that are over are listed for one tenant only.
  const isAcross = isOperator && !isOver({ state: filters.state ?? '' });
  const path = isAcross ? '/v1/operations/processes' : '/v1/processes';
  const { tenant, ...own } = filters;
  const query = { ...own, ...(isAcross && { tenant }), ...(isSample && { limit: SAMPLE }) } as never;
  const { data, error } = api.useQuery('get', path, { params: { query } }, { refetchInterval: 5_000 });
  const items: readonly ListedProcess[] | undefined = data?.items;
  // Those that wait have none.
  const columns = COLUMNS.filter(({ header }) => header !== ERROR || filters.state !== 'waiting');
  return (
    <>
      {isOperator && !isAcross && (
        <Text size="sm" c="dimmed" mb="xs">
          Processes that are over are listed for one tenant: {tenant ?? session.tenant}.
        </Text>
      )}
      <DataTable
        label={label}
        columns={isAcross ? [...columns.slice(0, 1), TENANT, ...columns.slice(1)] : columns}
        rows={isSample ? items?.toSorted(longestFirst) : items}
        rowKey={({ processId }) => processId}
        error={error}
        empty={filters.state === 'stuck' ? 'None: every process makes progress.' : 'None.'}
      />
      {!isSample && <Pager nextPageToken={data?.nextPageToken} />}
      {isSample && data?.nextPageToken && (
        <Text size="sm" mt="xs">
          There are more.{' '}
          <TenantLink to="/processes" search={filters} isText>
            Show all that are {filters.state}
          </TenantLink>
        </Text>
      )}
    </>
  );
}

const longestFirst = (one: ListedProcess, other: ListedProcess): number =>
  Date.parse(one.updatedAt) - Date.parse(other.updatedAt);
