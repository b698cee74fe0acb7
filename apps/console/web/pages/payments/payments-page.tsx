import { PageHeader } from '../../parts/page-header';

export function PaymentsPage() {
  return <PageHeader title="Payments" />;
}
