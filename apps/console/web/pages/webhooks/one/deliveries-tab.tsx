import { useSearch } from '@tanstack/react-router';
import { api } from '../../../api/client';
import { type Column, DataTable } from '../../../parts/data-table';
import { ChoiceFilter, FilterBar, TextFilter, TimeFilter } from '../../../parts/filters';
import { shortId } from '../../../parts/identifier';
import { countText } from '../../../parts/numbers';
import { Pager } from '../../../parts/pager';
import { StatusBadge } from '../../../parts/status-badge';
import { durationText, TimeText } from '../../../parts/time-text';
import { answerText } from '../deliveries/attempt-error';
import { DELIVERY_STATUSES, type Delivery, type Subscription } from '../subscription';
import { DeliveryLink } from './tab-link';

const FILTERS = ['status', 'code', 'eventType', 'eventId', 'orderId', 'from', 'to'] as const;

const REPLAY: Column<Delivery> = {
  header: 'Replay',
  cell: ({ replayId = '' }) => <span title={replayId}>{shortId(replayId)}</span>,
};

const columnsOf = (id: string): readonly Column<Delivery>[] => [
  {
    header: 'Event',
    cell: ({ eventId }) => <DeliveryLink id={id} eventId={eventId} />,
  },
  {
    header: 'Type',
    cell: ({ eventType, events }) =>
      events > 1 ? `${eventType} and ${countText(events - 1)} more` : eventType,
  },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Last answer', cell: ({ attempts }) => answerText(attempts.at(-1) ?? {}) },
  { header: 'Took', cell: ({ attempts }) => tookText(attempts), isNumber: true },
  { header: 'Attempts', cell: ({ attempts }) => attempts.at(-1)?.attempt ?? 0, isNumber: true },
  { header: 'Last attempt', cell: ({ attempts }) => <LastTime attempts={attempts} /> },
  { header: 'Position', cell: ({ position }) => position },
];

const tookText = (attempts: Delivery['attempts']): string => {
  const last = attempts.at(-1);
  return last ? durationText(last.durationMs) : '–';
};

function LastTime({ attempts }: Pick<Delivery, 'attempts'>) {
  const last = attempts.at(-1);
  return last && <TimeText at={last.time} />;
}

/** What was sent, newest first. */
export function DeliveriesTab({ subscription }: { readonly subscription: Subscription }) {
  const { subscriptionId } = subscription;
  const search = useSearch({ from: '/webhooks/$subscriptionId' });
  const given = [...FILTERS, 'pageToken' as const].map((name) => [name, search[name]] as const);
  const query = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/deliveries',
    { params: { path: { subscriptionId }, query: { limit: 50, ...query } } },
    // Only the first page changes by itself.
    { refetchInterval: search.pageToken === undefined ? 3_000 : false },
  );
  const hasReplays = data?.items.some(({ replayId }) => replayId !== undefined);
  return (
    <>
      <FilterBar names={FILTERS}>
        <ChoiceFilter name="status" label="Status" choices={DELIVERY_STATUSES} />
        <TextFilter name="code" label="Status code" placeholder="500 or none" />
        <TextFilter name="eventType" label="Event type" placeholder="order.created" />
        <TextFilter name="eventId" label="Event id" />
        <TextFilter name="orderId" label="Order id" />
        <TimeFilter name="from" label="From" />
        <TimeFilter name="to" label="Before" />
      </FilterBar>
      <DataTable
        label="Deliveries"
        columns={[...columnsOf(subscriptionId), ...(hasReplays ? [REPLAY] : [])]}
        rows={data?.items}
        rowKey={({ eventId, replayId = '' }) => `${eventId} ${replayId}`}
        error={error}
        empty={
          data?.nextPageToken !== undefined
            ? 'None on this page; the next may have some.'
            : Object.keys(query).length > 0
              ? 'No delivery matches. The log of deliveries goes back some days only; Explain knows of older events, too.'
              : 'Nothing was sent yet. It begins with the next event that matches; send a test to see one now.'
        }
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
