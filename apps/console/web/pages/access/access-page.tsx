import { PageHeader } from '../../parts/page-header';

export function AccessPage() {
  return <PageHeader title="Access" />;
}
