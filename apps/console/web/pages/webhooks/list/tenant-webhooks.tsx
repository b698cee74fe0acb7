import { Anchor, Button, Text } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { api } from '../../../api/client';
import { useScope, useSession } from '../../../app/session';
import { type Column, DataTable } from '../../../parts/data-table';
import { PageHeader } from '../../../parts/page-header';
import { Pager } from '../../../parts/pager';
import { type Period, PeriodControl, periodOf } from '../../../parts/period-control';
import { StatusBadge } from '../../../parts/status-badge';
import { TimeText } from '../../../parts/time-text';
import { PortalLinkButton } from '../one/portal-link-button';
import type { Metrics, Subscription } from '../subscription';
import {
  AddressText,
  AttemptSparkline,
  EventTypeList,
  latencyText,
  OldestText,
  successText,
  TroubleCount,
  WebhookLink,
} from './rows';

/** Each row asks for its own numbers, so a longer list is shown without them. */
const MOST_WITH_METRICS = 20;

const FACTS: readonly Column<Subscription>[] = [
  { header: 'Webhook', cell: ({ subscriptionId }) => <WebhookLink id={subscriptionId} /> },
  { header: 'Address', cell: ({ callbackUrl }) => <AddressText url={callbackUrl} /> },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
];

const EVENTS: Column<Subscription> = {
  header: 'Events',
  cell: ({ eventTypes }) => <EventTypeList types={eventTypes} />,
};

const CREATED: Column<Subscription> = {
  header: 'Created',
  cell: ({ createdAt }) => <TimeText at={createdAt} />,
};

const metricColumns = (period: Period): Column<Subscription>[] => {
  const column = (header: string, show: (metrics: Metrics) => React.ReactNode): Column<Subscription> => ({
    header,
    cell: ({ subscriptionId }) => <OfMetrics id={subscriptionId} period={period} show={show} />,
    isNumber: header !== 'Attempts',
  });
  return [
    column('Attempts', ({ buckets }) => <AttemptSparkline buckets={buckets} />),
    column('Success', successText),
    column('Latency p95', latencyText),
    column('Dead letters', ({ deadLetters }) => <TroubleCount count={deadLetters} />),
    column('Oldest waits', ({ oldestUndeliveredAt }) => <OldestText oldest={oldestUndeliveredAt} />),
  ];
};

interface OfMetricsProps {
  readonly id: string;
  readonly period: Period;
  readonly show: (metrics: Metrics) => React.ReactNode;
}

/** The cells of a row share one request. */
function OfMetrics({ id, period, show }: OfMetricsProps) {
  const { data } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/metrics',
    { params: { path: { subscriptionId: id }, query: { period } } },
    { refetchInterval: 10_000 },
  );
  return data ? show(data) : '…';
}

/** The webhooks of one tenant. */
export function TenantWebhooks() {
  const { pageToken, period: text } = useSearch({ from: '/webhooks' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions',
    { params: { query: { limit: 50, ...(pageToken !== undefined && { pageToken }) } } },
    { refetchInterval: 5_000 },
  );
  const { kind, subscriptionId } = useSession();
  const mayMake = useScope('webhooks:write') && subscriptionId === undefined;
  const period = periodOf(text);
  const hasMetrics = (data?.items.length ?? 0) <= MOST_WITH_METRICS;
  return (
    <>
      <PageHeader title="Webhooks" description="Events are sent to these addresses, in order.">
        {hasMetrics && <PeriodControl />}
        {mayMake && kind !== 'portal' && <PortalLinkButton />}
        {mayMake && (
          <Button size="xs" renderRoot={(props) => <Link to="/webhooks/new" {...props} />}>
            New webhook
          </Button>
        )}
      </PageHeader>
      <DataTable
        label="Webhooks"
        columns={[...FACTS, ...(hasMetrics ? metricColumns(period) : [CREATED]), EVENTS]}
        rows={data?.items}
        rowKey={({ subscriptionId }) => subscriptionId}
        error={error}
        empty={
          <>
            <Text>No event is sent anywhere yet.</Text>
            {mayMake && (
              <Anchor component={Link} to="/webhooks/new">
                Make the first webhook
              </Anchor>
            )}
          </>
        }
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
