import { PageHeader } from '../../parts/page-header';

export function SearchPage() {
  return <PageHeader title="Search" />;
}
