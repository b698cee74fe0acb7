import { PageHeader } from '../../parts/page-header';

export function DeadLettersPage() {
  return <PageHeader title="Dead letters" />;
}
