import { PageHeader } from '../../parts/page-header';

export function WebhookPage() {
  return <PageHeader title="Webhook" />;
}
