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
];

const STOPPED: Column<Projection> = {
  header: 'Stopped at',
  cell: (projection) => <Stops {...projection} />,
};

const REBUILD: Column<Projection> = {
  header: 'Rebuild',
  cell: ({ rebuild }) => isRebuilt({ rebuild }) && rebuild && <RebuildProgress rebuild={rebuild} />,
};

const VERIFIED: Column<Projection> = {
  header: 'Verified',
  cell: ({ verification }) => verification && <StatusBadge status={verification.state} />,
};

const isRebuilt = ({ rebuild }: Pick<Projection, 'rebuild'>): boolean => rebuild?.state === 'running';

/** Without those that would be empty. */
const columnsOf = (items: readonly Projection[]): readonly Column<Projection>[] => [
  ...COLUMNS,
  ...(items.some(({ stoppedPartitions }) => stoppedPartitions > 0) ? [STOPPED] : []),
  ...(items.some(isRebuilt) ? [REBUILD] : []),
  ...(items.some(({ verification }) => verification) ? [VERIFIED] : []),
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
        columns={columnsOf(data?.items ?? [])}
        rows={data?.items.toSorted((one, other) => other.stoppedPartitions - one.stoppedPartitions)}
        rowKey={({ name }) => name}
        error={error}
        empty="No projection has begun. Projectors begin with the first event."
      />
    </>
  );
}
