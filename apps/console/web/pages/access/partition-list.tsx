import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { Pager } from '../../parts/pager';
import { PositionLink } from '../../parts/position-link';

type Partition = Item<'/v1/operations/partitions'>;

const COLUMNS: readonly Column<Partition>[] = [
  { header: 'Topic', cell: ({ topic }) => topic },
  { header: 'Partition', cell: ({ partition }) => partition, isNumber: true },
  { header: 'Commands are taken by', cell: ({ writer }) => writer?.address ?? 'nobody yet' },
  { header: 'Since', cell: ({ writer }) => writer && <PositionLink position={writer.claim} /> },
  { header: 'Webhooks are sent by', cell: ({ dispatcher }) => dispatcher?.owner ?? 'nobody yet' },
  { header: 'Matched up to', cell: ({ dispatcher }) => dispatcher?.scannedOffset, isNumber: true },
];

/** Which process serves which partition. */
export function PartitionList() {
  const { pageToken } = useSearch({ from: '/access' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/partitions',
    { params: { query: { pageToken } } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <DataTable
        label="Partitions"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ topic, partition }) => `${topic}/${partition}`}
        error={error}
        empty="No process has claimed a partition yet."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
