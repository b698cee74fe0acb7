import { Button } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import type { Query } from '../../../api/answer';
import { api } from '../../../api/client';
import { useSession } from '../../../app/session';
import { type Column, DataTable } from '../../../parts/data-table';
import { ChoiceFilter, FilterBar } from '../../../parts/filters';
import { PageHeader } from '../../../parts/page-header';
import { Pager } from '../../../parts/pager';
import { PeriodControl, periodOf } from '../../../parts/period-control';
import { StatusBadge } from '../../../parts/status-badge';
import { SUBSCRIPTION_STATUSES, type WatchedSubscription } from '../subscription';
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
  { header: 'Dead letters', cell: ({ deadLetters }) => <TroubleCount count={deadLetters} />, isNumber: true },
  {
    header: 'Oldest waits',
    cell: ({ oldestUndeliveredAt }) => <OldestText oldest={oldestUndeliveredAt} />,
    isNumber: true,
  },
  { header: 'Attempts', cell: ({ buckets }) => <AttemptSparkline buckets={buckets} /> },
  { header: 'Success', cell: successText, isNumber: true },
  {
    header: 'Latency p95',
    cell: ({ p95LatencyMs: p95 }) => (p95 === undefined ? '–' : durationText(p95)),
    isNumber: true,
  },
  { header: 'Lag', cell: ({ lagEvents }) => <TroubleCount count={lagEvents ?? 0} />, isNumber: true },
  { header: 'Events', cell: ({ eventTypes }) => <EventTypeList types={eventTypes} /> },
];

/** The webhooks of all tenants, as operators see them. */
export function AllWebhooks() {
  const { tenant: _, period, ...query } = useSearch({ from: '/webhooks' });
  const session = useSession();
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/webhook-subscriptions',
    {
      params: {
        query: { ...query, period: periodOf(period) } as Query<'/v1/operations/webhook-subscriptions'>,
      },
    },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Of all tenants. Open one to act for its tenant, which the audit trail records."
      >
        <PeriodControl />
        <Button size="xs" renderRoot={(props) => <Link to="/webhooks/new" {...props} />}>
          New webhook of {session.tenant}
        </Button>
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
        empty={`${Object.keys(query).length > 0 ? 'No webhook matches' : 'There is no webhook yet'}. To make one for another tenant, act for that tenant first: its name goes into the field at the top.`}
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}
