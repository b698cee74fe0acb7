import { PageHeader } from '../../parts/page-header';

export function MailsPage() {
  return <PageHeader title="Mails" />;
}
