import { api } from '../../api/client';
import { Facts } from '../../parts/facts';
import { moneyText } from '../../parts/money';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import type { Order } from './order';
import { OrderItems } from './order-items';

interface OrderFactsProps {
  /** As it is now. */
  readonly order: Order;
  readonly asOf: string | undefined;
}

/** The order in a few lines, now or as it was. */
export function OrderFacts({ order: now, asOf }: OrderFactsProps) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/orders/{orderId}',
    { params: { path: { orderId: now.orderId }, query: { asOf } } },
    { enabled: asOf !== undefined, placeholderData: (before) => before, staleTime: Infinity },
  );
  if (asOf !== undefined && error) return <ProblemNotice error={error} />;
  const order = asOf === undefined ? now : data;
  if (!order) return null;
  const { status, customer, total, currency, items, createdAt, cancellation, version } = order;
  return (
    <>
      <Facts
        items={{
          Status: <StatusBadge status={status} />,
          Customer: [customer.id, customer.name, customer.email].filter(Boolean).join(' · '),
          Total: moneyText(total, currency),
          Created: <TimeText at={createdAt} />,
          Version: version,
          Cancelled: cancellation && [cancellation.cause, cancellation.reason].filter(Boolean).join(': '),
        }}
      />
      <OrderItems items={items} currency={currency} />
    </>
  );
}
