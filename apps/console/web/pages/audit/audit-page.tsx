import { PageHeader } from '../../parts/page-header';

export function AuditPage() {
  return <PageHeader title="Audit" />;
}
