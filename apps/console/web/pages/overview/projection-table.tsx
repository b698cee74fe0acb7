import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type Column, DataTable } from '../../parts/data-table';
import { StatusBadge } from '../../parts/status-badge';
import { durationText } from '../../parts/time-text';
import type { Overview } from './overview';

type Freshness = NonNullable<Overview['projections']>[number];

const COLUMNS: readonly Column<Freshness>[] = [
  {
    header: 'Projection',
    cell: ({ name }) => (
      <Anchor component={Link} to={`/projections/${name}`} size="sm">
        {name}
      </Anchor>
    ),
  },
  { header: 'State', cell: (projection) => <StatusBadge status={stateOf(projection)} /> },
  {
    header: 'Events behind',
    cell: ({ lagEvents }) => lagEvents?.toLocaleString('en') ?? '–',
    isNumber: true,
  },
  { header: 'Time behind', cell: timeBehind, isNumber: true },
];

const stateOf = ({ stoppedPartitions, rebuild }: Freshness): string =>
  stoppedPartitions > 0 ? 'stopped' : rebuild ? 'rebuilding' : 'running';

function timeBehind({ lagMs, lagMsIsLowerBound }: Freshness): string {
  if (lagMs === undefined || lagMs === null) return '–';
  return `${durationText(lagMs)}${lagMsIsLowerBound ? ' or more' : ''}`;
}

export const ProjectionTable = ({ projections }: { readonly projections: readonly Freshness[] }) => (
  <DataTable
    label="Freshness of projections"
    columns={COLUMNS}
    rows={projections}
    rowKey={({ name }) => name}
    empty="No projection has started."
  />
);
