import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { countText } from '../../parts/numbers';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { type LogPageAnswer, type LogRecord, sizeText, tenantOf } from './log';

/** What a record says of itself where its payload is too large to be shown. */
const headerOf = (headers: LogRecord['headers'], name: string): string | undefined =>
  headers.find((each) => each.name === name)?.value;

const COLUMNS: readonly Column<LogRecord>[] = [
  {
    header: 'Offset',
    cell: ({ offset }) => (
      <Anchor
        component={Link}
        to="."
        search={((search: object) => ({ ...search, record: String(offset) })) as never}
        replace
        size="sm"
        ff="monospace"
      >
        {offset}
      </Anchor>
    ),
    isNumber: true,
  },
  { header: 'Appended', cell: ({ time }) => <TimeText at={time} /> },
  {
    header: 'Record',
    cell: ({ kind, event, error, headers }) =>
      kind === 'event' ? (
        (event?.eventType ?? headerOf(headers, 'ce_type'))
      ) : (
        <>
          <StatusBadge status={kind} /> <span className="breaks">{error}</span>
        </>
      ),
  },
  { header: 'Tenant', cell: ({ event }) => event && tenantOf(event) },
  {
    header: 'Stream',
    cell: ({ key, event }) => (
      <Text span size="sm" ff="monospace" className="nowrap">
        {event && key}
      </Text>
    ),
  },
  { header: 'Size', cell: ({ bytes }) => sizeText(bytes), isNumber: true },
];

interface RecordListProps {
  readonly topic: string;
  readonly partition: string;
}

const NEWEST_MS = 3_000;

/** One page of a partition, in the direction in which it is read. */
export function RecordList({ topic, partition }: RecordListProps) {
  const { offset, time, direction } = useSearch({ from: '/log' });
  const isNewest = offset === undefined && time === undefined;
  const query = { offset, time: offset === undefined ? time : undefined, direction };
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/log/{topic}/{partition}',
    { params: { path: { topic, partition: partition as never }, query: query as never } },
    { refetchInterval: isNewest ? NEWEST_MS : false },
  );
  const isBackward = isNewest || direction === 'backward';
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {isBackward ? 'Newest first' : 'Oldest first'}
        {data && `, of offsets ${countText(data.beginOffset)} to ${countText(data.endOffset)}`}.
      </Text>
      <DataTable
        label={`Records of ${topic}, partition ${partition}`}
        columns={COLUMNS}
        rows={isBackward ? data?.items.toReversed() : data?.items}
        rowKey={({ position }) => position}
        error={error}
        empty={
          data && data.endOffset > data.beginOffset
            ? 'No record from there on.'
            : 'This partition is empty. Try another one.'
        }
      />
      {data && <Leafing page={data} />}
    </>
  );
}

function Leafing({ page: { olderOffset, newerOffset, beginOffset } }: { readonly page: LogPageAnswer }) {
  return (
    <Group component="nav" aria-label="Pages of the log" mt="sm" gap="xs">
      {newerOffset !== undefined && (
        <>
          <LeafButton label="Newest" to={{}} />
          <LeafButton label="Newer" to={{ offset: String(newerOffset) }} />
        </>
      )}
      {olderOffset !== undefined && (
        <>
          <LeafButton label="Older" to={{ offset: String(olderOffset), direction: 'backward' }} />
          <LeafButton label="Oldest" to={{ offset: String(beginOffset) }} />
        </>
      )}
    </Group>
  );
}

interface LeafButtonProps {
  readonly label: string;
  readonly to: { readonly offset?: string; readonly direction?: string };
}

function LeafButton({ label, to }: LeafButtonProps) {
  const search = (given: object) => ({
    ...given,
    offset: undefined,
    time: undefined,
    direction: undefined,
    record: undefined,
    ...to,
  });
  return (
    <Button variant="default" size="xs" renderRoot={(props) => <Link to="." search={search} {...props} />}>
      {label}
    </Button>
  );
}
