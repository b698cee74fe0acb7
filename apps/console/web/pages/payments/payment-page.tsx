import { Stack, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { api } from '../../api/client';
import { useScope } from '../../app/session';
import { type Column, DataTable } from '../../parts/data-table';
import { Facts } from '../../parts/facts';
import { Identifier } from '../../parts/identifier';
import { moneyText } from '../../parts/money';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import type { Payment } from './payment';
import { PaymentActs } from './payment-acts';

export function PaymentPage() {
  const { orderId } = useParams({ from: '/payments/$orderId' });
  const mayAct = useScope('payments:write');
  const { data: payment, error } = api.useQuery(
    'get',
    '/v1/payments/{orderId}',
    { params: { path: { orderId } } },
    { refetchInterval: 5_000 },
  );
  return (
    <>
      <PageHeader
        title="Payment"
        mark={payment && <StatusBadge status={payment.status} />}
        description={
          <>
            of order{' '}
            <TenantLink to={`/orders/${orderId}`} isText>
              {orderId}
            </TenantLink>
          </>
        }
      >
        {payment && mayAct && <PaymentActs payment={payment} />}
      </PageHeader>
      <ProblemNotice error={error} />
      {payment && <PaymentFacts payment={payment} />}
    </>
  );
}

const refundColumns = (currency: string): readonly Column<Payment['refunds'][number]>[] => [
  { header: 'Refund', cell: ({ refundId }) => <Identifier value={refundId} label="refund id" /> },
  { header: 'Amount', cell: ({ amount }) => moneyText(amount, currency), isNumber: true },
];

function PaymentFacts({ payment }: { readonly payment: Payment }) {
  const { currency, amount, captured, refunded, refunds, reason, gateway, customerId } = payment;
  const { createdAt, updatedAt, version, orderId } = payment;
  return (
    <Stack gap="lg">
      <Facts
        items={{
          Amount: moneyText(amount, currency),
          Captured: moneyText(captured, currency),
          Refunded: moneyText(refunded, currency),
          Reason: reason,
          Customer: customerId,
          Gateway: gateway,
          Created: createdAt !== undefined ? <TimeText at={createdAt} /> : undefined,
          Changed: updatedAt !== undefined ? <TimeText at={updatedAt} /> : undefined,
          Events: version,
          Process: (
            <TenantLink to={`/processes/${orderId}`} isText>
              Steps of the order
            </TenantLink>
          ),
        }}
      />
      <section>
        <Title order={2} size="h5" mb="xs">
          Refunds
        </Title>
        <DataTable
          label="Refunds"
          columns={refundColumns(currency)}
          rows={refunds}
          rowKey={({ refundId }) => refundId}
          empty="None so far."
        />
      </section>
    </Stack>
  );
}
