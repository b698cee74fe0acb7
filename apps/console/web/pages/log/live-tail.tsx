import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { type Column, DataTable } from '../../parts/data-table';
import { FilterBar, TextFilter, useFilters } from '../../parts/filters';
import { countText } from '../../parts/numbers';
import { PositionLink } from '../../parts/position-link';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { type LoggedEvent, tenantOf } from './log';
import { MOST_ROWS, useTail } from './use-tail';

/** Those that an operator may watch. */
const TOPICS = ['carts', 'inventory', 'notifications', 'orders', 'payments', 'processes', 'webhooks'];

const COLUMNS: readonly Column<LoggedEvent>[] = [
  { header: 'Happened', cell: ({ occurredAt }) => <TimeText at={occurredAt} /> },
  { header: 'Event', cell: ({ eventType }) => eventType },
  { header: 'Tenant', cell: tenantOf },
  { header: 'Position', cell: ({ position }) => <PositionLink position={position} /> },
];

/** How the connection is, in words. */
const STATES = { connecting: 'connecting', open: 'live', lost: 'reconnecting', closed: 'closed' } as const;

/** New events as they come in, the newest first; the oldest leave the table. */
export function LiveTail() {
  const { topic, eventTypes, tenant } = useSearch({ from: '/log' });
  const [, change] = useFilters();
  const { rows, state, dropped, isPaused, setPaused, clear } = useTail({
    topics: topic,
    eventTypes,
    tenant,
  });
  return (
    <>
      <FilterBar names={['topic', 'eventTypes', 'tenant']}>
        <NativeSelect
          label="Topic"
          size="sm"
          data={[{ value: '', label: 'All' }, ...TOPICS]}
          value={topic ?? ''}
          onChange={({ currentTarget }) => change({ topic: currentTarget.value, partition: undefined })}
        />
        <TextFilter name="eventTypes" label="Event types" placeholder="order.*, payment.failed" />
        <TextFilter name="tenant" label="Tenant" placeholder="All" />
      </FilterBar>
      <Group gap="xs" mb="xs">
        <Button size="xs" variant="default" onClick={() => setPaused(!isPaused)} aria-pressed={isPaused}>
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
        <Button size="xs" variant="subtle" onClick={clear} disabled={rows.length === 0}>
          Clear
        </Button>
        <StatusBadge status={isPaused ? 'paused' : STATES[state]} />
        <Text size="sm" c="dimmed">
          {isPaused
            ? 'Events that come in meanwhile are not shown; they are in the log.'
            : `The newest ${countText(MOST_ROWS)} are kept.`}
          {dropped > 0 && ` ${countText(dropped)} were left out because this page was too slow.`}
        </Text>
      </Group>
      <DataTable
        label="New events"
        columns={COLUMNS}
        rows={rows}
        rowKey={({ eventId }) => eventId}
        empty={isPaused ? 'Paused.' : 'Waiting for the next event.'}
      />
    </>
  );
}
