import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../../parts/data-table';
import { countText, pluralText } from '../../../parts/numbers';
import { TroubleCount } from '../list/rows';
import type { Cursor } from '../subscription';

const keyOf = ({ topic, partition }: Cursor): string => `${topic}/${partition}`;

const PLACES: readonly Column<Cursor>[] = [
  { header: 'Partition', cell: keyOf },
  { header: 'Position', cell: ({ position }) => countText(position), isNumber: true },
  { header: 'End of the log', cell: ({ end }) => countText(end), isNumber: true },
  { header: 'Lag', cell: ({ lag }) => <TroubleCount count={lag} />, isNumber: true },
];

const GONE: Column<Cursor> = {
  header: 'Deleted unread',
  cell: ({ gone = 0 }) => <TroubleCount count={gone} />,
  isNumber: true,
};

const blockedOf = (blocked: ReadonlyMap<string, number>, isMore: boolean): Column<Cursor> => ({
  header: 'Blocked lanes',
  cell: (cursor) => {
    const count = blocked.get(keyOf(cursor)) ?? 0;
    if (!isMore) return <TroubleCount count={count} />;
    return count === 0 ? '–' : `${countText(count)} or more`;
  },
  isNumber: true,
});

interface CursorTableProps {
  /** `undefined` while they load. */
  readonly cursors: readonly Cursor[] | undefined;
  /** Known blocked lanes by partition, and whether there are more. */
  readonly blocked: ReadonlyMap<string, number>;
  readonly isMore: boolean;
}

/** Partitions that lag or are blocked; those that are done fold away. */
export function CursorTable({ cursors, blocked, isMore }: CursorTableProps) {
  const isBusy = (cursor: Cursor) => cursor.lag > 0 || (cursor.gone ?? 0) > 0 || blocked.has(keyOf(cursor));
  const busy = cursors?.filter(isBusy).toSorted((one, other) => other.lag - one.lag);
  const done = cursors?.filter((cursor) => !isBusy(cursor)) ?? [];
  const hasGone = busy?.some(({ gone = 0 }) => gone > 0);
  return (
    <>
      <DataTable
        label="Cursors that lag"
        columns={[...PLACES, blockedOf(blocked, isMore), ...(hasGone ? [GONE] : [])]}
        rows={busy}
        rowKey={keyOf}
        empty="No partition lags."
      />
      {done.length > 0 && (
        <details>
          <Text component="summary" size="sm">
            {pluralText(done.length, 'partition')} without anything left to send
          </Text>
          <DataTable label="Cursors at the end" columns={PLACES} rows={done} rowKey={keyOf} empty="None." />
        </details>
      )}
    </>
  );
}
