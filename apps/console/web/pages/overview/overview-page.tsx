import { PageHeader } from '../../parts/page-header';

export function OverviewPage() {
  return <PageHeader title="Overview" />;
}
