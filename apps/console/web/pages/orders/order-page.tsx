import { useParams } from '@tanstack/react-router';
import { api } from '../../api/client';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';

export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' });
  const { data: order, error } = api.useQuery('get', '/v1/orders/{orderId}', {
    params: { path: { orderId } },
  });
  return (
    <>
      <PageHeader title={`Order ${orderId}`} mark={order && <StatusBadge status={order.status} />} />
      <ProblemNotice error={error} />
    </>
  );
}
