import { PageHeader } from '../../parts/page-header';

export function LogPage() {
  return <PageHeader title="Log" />;
}
