import { PageHeader } from '../../parts/page-header';

export function CartsPage() {
  return <PageHeader title="Carts" />;
}
