import { Text } from '@mantine/core';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { moneyText } from '../../parts/money';
import { Pager } from '../../parts/pager';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import type { Payment } from './payment';

export const PAYMENT_COLUMNS: readonly Column<Payment>[] = [
  {
    header: 'Order',
    cell: ({ orderId }) => <TenantLink to={`/payments/${orderId}`}>{orderId}</TenantLink>,
  },
  {
    header: 'Status',
    cell: ({ status, reason }) => (
      <>
        <StatusBadge status={status} />
        {reason !== undefined && (
          <Text size="xs" c="dimmed" className="breaks">
            {reason}
          </Text>
        )}
      </>
    ),
  },
  { header: 'Customer', cell: ({ customerId }) => customerId },
  {
    header: 'Amount',
    cell: ({ amount, refunded, currency }) => (
      <>
        {moneyText(amount, currency)}
        {refunded > 0 && (
          <Text size="xs" c="dimmed">
            refunded {moneyText(refunded, currency)}
          </Text>
        )}
      </>
    ),
    isNumber: true,
  },
  { header: 'Changed', cell: ({ updatedAt }) => updatedAt !== undefined && <TimeText at={updatedAt} /> },
];

interface PaymentListProps {
  readonly label: string;
  readonly status?: string | undefined;
  readonly pageToken?: string | undefined;
  /** Only the first ones, with a link to all. */
  readonly isSample?: boolean;
}

const SAMPLE = 20;

export function PaymentList({ label, status, pageToken, isSample = false }: PaymentListProps) {
  const query = { status, pageToken, ...(isSample && { limit: SAMPLE }) } as never;
  const { data, error } = api.useQuery(
    'get',
    '/v1/payments',
    { params: { query } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <DataTable
        label={label}
        columns={PAYMENT_COLUMNS}
        rows={data?.items}
        rowKey={({ orderId }) => orderId}
        error={error}
        empty={isSample ? 'None waits for a person.' : 'No payment matches.'}
      />
      {!isSample && <Pager nextPageToken={data?.nextPageToken} />}
      {isSample && data?.nextPageToken && (
        <Text size="sm" mt="xs">
          There are more.{' '}
          <TenantLink to="/payments" search={{ status }} isText>
            Show all in review
          </TenantLink>
        </Text>
      )}
    </>
  );
}
