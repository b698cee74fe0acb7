import { PageHeader } from '../../parts/page-header';

export function WebhooksPage() {
  return <PageHeader title="Webhooks" />;
}
