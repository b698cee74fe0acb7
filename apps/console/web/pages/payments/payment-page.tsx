import { PageHeader } from '../../parts/page-header';

export function PaymentPage() {
  return <PageHeader title="Payment" />;
}
