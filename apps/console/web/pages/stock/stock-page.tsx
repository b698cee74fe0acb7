import { PageHeader } from '../../parts/page-header';

export function StockPage() {
  return <PageHeader title="Stock" />;
}
