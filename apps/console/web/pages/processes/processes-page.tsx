import { PageHeader } from '../../parts/page-header';

export function ProcessesPage() {
  return <PageHeader title="Processes" />;
}
