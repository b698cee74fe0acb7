import { positionSearch } from '../../parts/position-link';

interface PageOfHit {
  readonly to: string;
  readonly search?: Readonly<Record<string, string | undefined>>;
}

/** Where one sees more of what a search has found. */
export function pageOfHit({
  kind,
  id,
  label,
}: Readonly<Record<'kind' | 'id' | 'label', string>>): PageOfHit | undefined {
  switch (kind) {
    case 'order':
      return { to: `/orders/${id}` };
    case 'event':
      return logPage(label);
    case 'position':
      return logPage(id);
    case 'process':
      return { to: `/processes/${id}` };
    case 'subscription':
      return { to: `/webhooks/${id}` };
    case 'notification':
      return { to: '/mails', search: { mail: id } };
    case 'key':
      return { to: '/audit', search: { actor: id } };
    case 'tenant':
      return { to: '/orders' };
    case 'customer':
      return { to: '/orders', search: { customerId: id } };
    case 'sku':
      return { to: `/stock/${encodeURIComponent(id)}` };
    case 'cart':
      return { to: '/carts', search: { cartId: id } };
    default:
      return undefined;
  }
}

function logPage(position: string): PageOfHit | undefined {
  const search = positionSearch(position);
  return search && { to: '/log', search };
}
