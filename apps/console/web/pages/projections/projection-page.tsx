import { PageHeader } from '../../parts/page-header';

export function ProjectionPage() {
  return <PageHeader title="Projection" />;
}
