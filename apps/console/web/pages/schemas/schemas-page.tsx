import { PageHeader } from '../../parts/page-header';

export function SchemasPage() {
  return <PageHeader title="Schemas" />;
}
