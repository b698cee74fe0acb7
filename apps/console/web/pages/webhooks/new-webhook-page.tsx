import { PageHeader } from '../../parts/page-header';

export function NewWebhookPage() {
  return <PageHeader title="New webhook" />;
}
