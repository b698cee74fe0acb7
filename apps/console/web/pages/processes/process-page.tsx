import { PageHeader } from '../../parts/page-header';

export function ProcessPage() {
  return <PageHeader title="Process" />;
}
