import { Stack, Text, Title } from '@mantine/core';
import { api } from '../../../api/client';
import { type Column, DataTable } from '../../../parts/data-table';
import { shortId } from '../../../parts/identifier';
import { countText, pluralText } from '../../../parts/numbers';
import { StatusBadge } from '../../../parts/status-badge';
import { TimeText } from '../../../parts/time-text';
import { answerText } from '../deliveries/attempt-error';
import { TroubleCount } from '../list/rows';
import type { Cursor, Subscription } from '../subscription';
import { TabLink } from './tab-link';

const CURSORS: readonly Column<Cursor>[] = [
  { header: 'Partition', cell: ({ topic, partition }) => `${topic}/${partition}` },
  { header: 'Position', cell: ({ position }) => countText(position), isNumber: true },
  { header: 'End of the log', cell: ({ end }) => countText(end), isNumber: true },
  { header: 'Lag', cell: ({ lag }) => <TroubleCount count={lag} />, isNumber: true },
];

const GONE: Column<Cursor> = {
  header: 'Deleted unread',
  cell: ({ gone = 0 }) => <TroubleCount count={gone} />,
  isNumber: true,
};

interface BlockedLane {
  readonly key: string;
  readonly lane: string;
  readonly status: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly since: string;
  readonly attempts: number;
  readonly lastError: string;
  readonly waiting?: number;
}

/** Lanes that wait for a retry or for a person, of which each list's first page is enough to act on. */
function useBlockedLanes(subscriptionId: string) {
  const params = { path: { subscriptionId } };
  const options = { refetchInterval: 3_000 };
  const parked = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/dead-letters',
    { params: { ...params, query: { limit: 100 } } },
    options,
  );
  const retrying = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/deliveries',
    { params: { ...params, query: { status: 'retrying', limit: 100 } } },
    options,
  );
  const lanes = parked.data &&
    retrying.data && [
      ...retrying.data.items.map((delivery): BlockedLane => {
        const last = delivery.attempts.at(-1);
        return {
          ...delivery,
          key: `${delivery.eventId} ${delivery.replayId} retrying`,
          lane: delivery.position,
          since: delivery.attempts[0]?.time ?? '',
          attempts: last?.attempt ?? 0,
          lastError: answerText(last ?? {}),
        };
      }),
      ...parked.data.items.map(
        (letter): BlockedLane => ({
          ...letter,
          key: `${letter.eventId} ${letter.replayId} parked`,
          status: 'parked',
          since: letter.parkedAt,
          lastError: letter.lastError ?? '–',
          waiting: letter.heldBehind,
        }),
      ),
    ];
  const isMore = Boolean(parked.data?.nextPageToken ?? retrying.data?.nextPageToken);
  return { lanes, isMore, error: parked.error ?? retrying.error };
}

const lanesOf = (id: string): readonly Column<BlockedLane>[] => [
  { header: 'Lane', cell: ({ lane }) => lane },
  { header: 'Blocked by', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    header: 'Event',
    cell: ({ eventId, eventType }) => (
      <>
        {eventType}{' '}
        <TabLink id={id} tab="explain" filters={{ eventId }}>
          {shortId(eventId)}
        </TabLink>
      </>
    ),
  },
  { header: 'Attempts', cell: ({ attempts }) => attempts, isNumber: true },
  { header: 'Last error', cell: ({ lastError }) => lastError },
  { header: 'Since', cell: ({ since }) => (since === '' ? '–' : <TimeText at={since} />) },
  {
    header: 'Waiting behind',
    cell: ({ waiting }) => (waiting === undefined ? '–' : countText(waiting)),
    isNumber: true,
  },
];

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
  const cursors = data?.items.toSorted((one, other) => other.lag - one.lag);
  const lag = cursors?.reduce((sum, cursor) => sum + cursor.lag, 0);
  const hasGone = cursors?.some(({ gone = 0 }) => gone > 0);
  return (
    <Stack gap="lg">
      <section>
        <Title order={2} size="h5">
          Blocked lanes
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          {LANE_TEXTS[ordering] ?? ''} The first failing delivery of a lane blocks those behind it; other
          lanes go on.
          {isMore && ' Only the latest are shown.'}
        </Text>
        <DataTable
          label="Blocked lanes"
          columns={lanesOf(subscriptionId)}
          rows={lanes}
          rowKey={({ key }) => key}
          error={lanesError}
          empty="No lane is blocked: everything that was sent was accepted."
        />
      </section>
      <section>
        <Title order={2} size="h5">
          Cursors
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          Before its position, everything of a partition is delivered, parked, or waits for a retry.
          {lag !== undefined && ` Together they lag ${pluralText(lag, 'event')} behind the end of the log.`}
        </Text>
        <DataTable
          label="Cursors"
          columns={hasGone ? [...CURSORS, GONE] : CURSORS}
          rows={cursors}
          rowKey={({ topic, partition }) => `${topic}/${partition}`}
          error={error}
          empty="No partition has begun yet."
        />
      </section>
    </Stack>
  );
}

const LANE_TEXTS: Readonly<Record<string, string>> = {
  stream: 'A lane is one order, or one stock item.',
  partition: 'A lane is a whole partition.',
  none: 'A lane is one event.',
};
