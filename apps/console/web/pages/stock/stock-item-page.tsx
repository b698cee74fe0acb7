import { PageHeader } from '../../parts/page-header';

export function StockItemPage() {
  return <PageHeader title="Stock of an article" />;
}
