import { useSearch } from '@tanstack/react-router';
import { Text } from '@mantine/core';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { moneyText } from '../../parts/money';
import { TenantLink } from '../../parts/tenant-link';
import { durationText } from '../../parts/time-text';
import type { ReviewedPayment } from './payment';

const COLUMNS: readonly Column<ReviewedPayment>[] = [
  {
    header: 'Order',
    cell: ({ orderId, tenant }) => (
      <TenantLink to={`/payments/${orderId}`} tenant={tenant}>
        {orderId}
      </TenantLink>
    ),
  },
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'Customer', cell: ({ customerId }) => customerId },
  { header: 'Amount', cell: ({ amount, currency }) => moneyText(amount, currency), isNumber: true },
  { header: 'Waits for', cell: ({ ageMs }) => durationText(ageMs), isNumber: true },
  { header: 'Reason', cell: ({ reason }) => reason },
];

/** Payments of all tenants that wait for a person, the longest wait first. */
export function AllInReview() {
  const { tenant } = useSearch({ from: '/payments' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/payments',
    { params: { query: { status: 'in-review', tenant } } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <DataTable
        label="Payments in review"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ tenant, orderId }) => `${tenant} ${orderId}`}
        error={error}
        empty="None waits for a person."
      />
      {data?.nextPageToken && (
        <Text size="sm" c="dimmed" mt="xs">
          There are more. The next ones show when these are decided, or for one tenant.
        </Text>
      )}
    </>
  );
}
