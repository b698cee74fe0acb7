import { PageHeader } from '../../parts/page-header';

export function ProjectionsPage() {
  return <PageHeader title="Projections" />;
}
