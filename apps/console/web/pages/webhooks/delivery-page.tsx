import { PageHeader } from '../../parts/page-header';

export function DeliveryPage() {
  return <PageHeader title="Delivery" />;
}
