import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../parts/data-table';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import { lagEventsText } from './lag-text';
import type { ProjectionPartition } from './projection';
import { SkipButton } from './projection-acts';

const COLUMNS: readonly Column<ProjectionPartition>[] = [
  {
    header: 'Partition',
    cell: ({ topic, partition, nextOffset }) => (
      <TenantLink to="/log" search={logAt(topic, partition, nextOffset)}>
        {topic}/{partition}
      </TenantLink>
    ),
  },
  {
    header: 'State',
    cell: ({ stopped }) => <StatusBadge status={stopped ? 'stopped' : 'running'} />,
  },
  { header: 'Next offset', cell: ({ nextOffset }) => nextOffset, isNumber: true },
  { header: 'Events behind', cell: ({ lagEvents }) => lagEventsText(lagEvents), isNumber: true },
];

const stoppedColumns = (name: string): readonly Column<ProjectionPartition>[] => [
  { header: 'Stopped', cell: ({ stopped }) => stopped && <Stop stopped={stopped} /> },
  {
    header: 'Act',
    cell: ({ stopped }) => stopped && <SkipButton name={name} position={stopped.position} />,
  },
];

const logAt = (topic: string, partition: number, offset: number) => ({
  topic,
  partition: String(partition),
  offset: String(offset),
});

function Stop({ stopped }: { readonly stopped: NonNullable<ProjectionPartition['stopped']> }) {
  const { position, reason, since } = stopped;
  return (
    <Text size="sm" component="div" className="breaks">
      at {position}
      {since !== undefined && (
        <>
          {' '}
          since <TimeText at={since} />
        </>
      )}
      : {reason}
    </Text>
  );
}

/** Stopped ones first, then by topic. */
export function PartitionTable({
  name,
  partitions,
}: {
  readonly name: string;
  readonly partitions: readonly ProjectionPartition[];
}) {
  const isStopped = partitions.some(({ stopped }) => stopped);
  return (
    <DataTable
      label="Partitions"
      columns={isStopped ? [...COLUMNS, ...stoppedColumns(name)] : COLUMNS}
      rows={partitions.toSorted(
        (one, other) =>
          Number(other.stopped !== undefined) - Number(one.stopped !== undefined) ||
          one.topic.localeCompare(other.topic) ||
          one.partition - other.partition,
      )}
      rowKey={({ topic, partition }) => `${topic}/${partition}`}
      empty="It has read nothing yet."
    />
  );
}
