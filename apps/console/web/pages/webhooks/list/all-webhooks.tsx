import { useSearch } from '@tanstack/react-router';
import { type Column, DataTable } from '../../../parts/data-table';
import { ChoiceFilter, FilterBar } from '../../../parts/filters';
import { PageHeader } from '../../../parts/page-header';
import { Pager } from '../../../parts/pager';
import { PeriodControl, periodOf } from '../../../parts/period-control';
import { StatusBadge } from '../../../parts/status-badge';
import { awaited, type WatchedSubscription } from '../awaited';
import { SUBSCRIPTION_STATUSES } from '../subscription';
import { durationText } from '../../../parts/time-text';
import {
  AddressText,
  AttemptSparkline,
  EventTypeList,
  OldestText,
  successText,
  TroubleCount,
  WebhookLink,
} from './rows';

const COLUMNS: readonly Column<WatchedSubscription>[] = [
  { header: 'Webhook', cell: ({ subscriptionId: id, tenant }) => <WebhookLink id={id} tenant={tenant} /> },
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'Address', cell: ({ url }) => <AddressText url={url} /> },
  { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { header: 'Health', cell: ({ health }) => <StatusBadge status={health} /> },
  { header: 'Attempts', cell: ({ buckets }) => <AttemptSparkline buckets={buckets} /> },
  { header: 'Success', cell: successText, isNumber: true },
  {
    header: 'Latency p95',
    cell: ({ p95LatencyMs: p95 }) => (p95 === undefined ? '–' : durationText(p95)),
    isNumber: true,
  },
  { header: 'Dead letters', cell: ({ deadLetters }) => <TroubleCount count={deadLetters} />, isNumber: true },
  {
    header: 'Oldest waits',
    cell: ({ oldestUndeliveredAt }) => <OldestText oldest={oldestUndeliveredAt} />,
    isNumber: true,
  },
  { header: 'Lag', cell: ({ lagEvents }) => <TroubleCount count={lagEvents ?? 0} />, isNumber: true },
  { header: 'Events', cell: ({ eventTypes }) => <EventTypeList types={eventTypes} /> },
];

/** The webhooks of all tenants, as operators see them. */
export function AllWebhooks() {
  const { tenant: _, period, ...query } = useSearch({ from: '/webhooks' });
  const { data, error } = awaited.useQuery(
    'get',
    '/v1/operations/webhook-subscriptions',
    { params: { query: { ...query, period: periodOf(period) } as never } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Of all tenants. Open one to act for its tenant, which the audit trail records."
      >
        <PeriodControl />
      </PageHeader>
      <FilterBar names={['status', 'health']}>
        <ChoiceFilter name="status" label="Status" choices={SUBSCRIPTION_STATUSES} />
        <ChoiceFilter name="health" label="Health" choices={['failing', 'healthy', 'idle']} />
      </FilterBar>
      <DataTable
        label="Webhooks of all tenants"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ subscriptionId }) => subscriptionId}
        error={error}
        empty="No webhook matches. To make one for a tenant, pick the tenant at the top first."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
