import { Group, Stack, Text, Title } from '@mantine/core';
import { api } from '../../../api/client';
import { type Column, DataTable } from '../../../parts/data-table';
import { countText, pluralText } from '../../../parts/numbers';
import { ProblemNotice } from '../../../parts/problem-notice';
import { StatusBadge } from '../../../parts/status-badge';
import { TimeText } from '../../../parts/time-text';
import type { Subscription } from '../subscription';
import { type BlockedLane, lanesByPartition, useBlockedLanes } from './blocked-lanes';
import { CursorTable } from './cursor-table';
import { LaneText } from './lane-text';
import { ExplainLink, TabLink } from './tab-link';

const columnsOf = (id: string): readonly Column<BlockedLane>[] => [
  { header: 'Lane', cell: ({ lane }) => (lane === undefined ? 'of the event' : <LaneText lane={lane} />) },
  { header: 'Position', cell: ({ position }) => position },
  { header: 'Blocked by', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Event', cell: ({ eventType }) => eventType },
  { header: 'Why', cell: ({ eventId }) => <ExplainLink id={id} eventId={eventId} /> },
  { header: 'Attempts', cell: ({ attempts }) => attempts, isNumber: true },
  { header: 'Last error', cell: ({ lastError }) => lastError },
  { header: 'Since', cell: ({ since }) => (since === '' ? '–' : <TimeText at={since} />) },
  {
    header: 'Waiting',
    cell: ({ waiting }) => (waiting === undefined ? '–' : countText(waiting)),
    isNumber: true,
  },
];

const LANE_TEXTS: Readonly<Record<string, string>> = {
  stream: 'A lane is one order, or one stock item.',
  partition: 'A lane is a whole partition.',
  none: 'A lane is one event.',
};

/** How far deliveries have come in each partition, and what stands in their way. */
export function LanesTab({
  subscription: { subscriptionId, ordering },
}: {
  readonly subscription: Subscription;
}) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/cursors',
    { params: { path: { subscriptionId } } },
    { refetchInterval: 3_000 },
  );
  const { lanes, isMore, error: lanesError } = useBlockedLanes(subscriptionId);
  const lag = data?.items.reduce((sum, cursor) => sum + cursor.lag, 0);
  return (
    <Stack gap="lg">
      <section>
        <Title order={2} size="h5">
          Blocked lanes
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          {LANE_TEXTS[ordering] ?? ''} The first failing delivery of a lane blocks those behind it; other
          lanes go on.
        </Text>
        <DataTable
          label="Blocked lanes"
          columns={columnsOf(subscriptionId)}
          rows={lanes}
          rowKey={({ key }) => key}
          error={lanesError}
          empty="No lane is blocked: everything that was sent was accepted."
        />
        {isMore && <MoreLinks id={subscriptionId} />}
      </section>
      <section>
        <Title order={2} size="h5">
          Cursors
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          Before its position, everything of a partition is delivered, parked, or waits for a retry.
          {lag !== undefined && ` Together they lag ${pluralText(lag, 'event')} behind the end of the log.`}
        </Text>
        <ProblemNotice error={error} />
        <CursorTable cursors={data?.items} blocked={lanesByPartition(lanes)} isMore={isMore} />
      </section>
    </Stack>
  );
}

function MoreLinks({ id }: { readonly id: string }) {
  return (
    <Group gap="md" mt="xs">
      <Text size="sm">Only the latest are shown.</Text>
      <TabLink id={id} tab="deliveries" filters={{ status: 'retrying' }}>
        All that are retried
      </TabLink>
      <TabLink id={id} tab="dead-letters">
        All dead letters
      </TabLink>
    </Group>
  );
}
