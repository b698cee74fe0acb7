import { PageHeader } from '../../parts/page-header';

export function EventTypesPage() {
  return <PageHeader title="Event types" />;
}
