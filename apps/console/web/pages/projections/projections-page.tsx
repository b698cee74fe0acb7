import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../parts/data-table';
import { PageHeader } from '../../parts/page-header';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { lagEventsText, lagTimeText } from './lag-text';
import { type Projection, stateOf, useProjections } from './projection';
import { RebuildProgress } from './rebuild-progress';

const COLUMNS: readonly Column<Projection>[] = [
  {
    header: 'Projection',
    cell: ({ name }) => (
      <TenantLink to={`/projections/${name}`} isText>
        {name}
      </TenantLink>
    ),
  },
  { header: 'State', cell: (projection) => <StatusBadge status={stateOf(projection)} /> },
  { header: 'Events behind', cell: ({ lagEvents }) => lagEventsText(lagEvents), isNumber: true },
  { header: 'Time behind', cell: lagTimeText, isNumber: true },
  { header: 'Stopped at', cell: (projection) => <Stops {...projection} /> },
  {
    header: 'Rebuild',
    cell: ({ rebuild }) => rebuild?.state === 'running' && <RebuildProgress rebuild={rebuild} />,
  },
  {
    header: 'Verified',
    cell: ({ verification }) => verification && <StatusBadge status={verification.state} />,
  },
];

function Stops({ partitions }: Pick<Projection, 'partitions'>) {
  return partitions.map(
    ({ stopped }) =>
      stopped && (
        <Text size="sm" key={stopped.position} className="breaks">
          {stopped.position}: {stopped.reason}
        </Text>
      ),
  );
}

export function ProjectionsPage() {
  const { data, error } = useProjections();
  return (
    <>
      <PageHeader
        title="Projections"
        description="They keep the tables that queries read. One that cannot take an event stops there, in its partition, until a person decides."
      />
      <DataTable
        label="Projections"
        columns={COLUMNS}
        rows={data?.items.toSorted((one, other) => other.stoppedPartitions - one.stoppedPartitions)}
        rowKey={({ name }) => name}
        error={error}
        empty="No projection has begun. Projectors begin with the first event."
      />
    </>
  );
}
