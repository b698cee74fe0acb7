import { type Column, DataTable } from '../../parts/data-table';
import { countText } from '../../parts/numbers';
import { TenantLink } from '../../parts/tenant-link';
import type { LogTopic } from './log';

const recordsIn = ({ partitions }: LogTopic): number =>
  partitions.reduce((sum, { beginOffset, endOffset }) => sum + endOffset - beginOffset, 0);

const COLUMNS: readonly Column<LogTopic>[] = [
  {
    header: 'Topic',
    cell: ({ topic, partitions }) => (
      <TenantLink to="/log" search={{ topic, partition: String(fullest(partitions)) }} isText>
        {topic}
      </TenantLink>
    ),
  },
  { header: 'Partitions', cell: ({ partitions }) => partitions.length, isNumber: true },
  { header: 'Offsets', cell: (topic) => countText(recordsIn(topic)), isNumber: true },
];

/** A small topic has most partitions empty. */
const fullest = (partitions: LogTopic['partitions']): number =>
  partitions.toSorted((one, other) => other.endOffset - one.endOffset)[0]?.partition ?? 0;

export const TopicList = ({ topics }: { readonly topics: readonly LogTopic[] | undefined }) => (
  <DataTable
    label="Topics"
    columns={COLUMNS}
    rows={topics}
    rowKey={({ topic }) => topic}
    empty="There are no topics yet: deploy the system first."
  />
);
