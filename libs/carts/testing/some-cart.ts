import type { CartEvent } from '../cart-events.js';

/** The events of a cart with two cups of tea, up to an outcome if one is given. */
export function someCartEvents(cartId: string, end?: 'checked-out' | 'abandoned'): CartEvent[] {
  const customer = { id: 'c-1', email: 'ada@example.com', name: 'Ada' };
  const common = { cartId, customerId: 'c-1', currency: 'EUR', total: 900 };
  const item = { sku: 'tea', quantity: 2, unitPrice: 450 };
  const checkout = {
    orderId: '0197a2f0-0000-7000-8000-000000000001',
    payment: { token: 'tok_ok', country: 'DE' },
    shippingAddress: { city: 'London' },
    metadata: { source: 'app' },
  };
  const events: CartEvent[] = [
    { type: 'cart.created', data: { ...common, customer, total: 0, fulfilment: true } },
    { type: 'cart.item-set', data: { ...common, ...item } },
  ];
  if (end === 'abandoned') events.push({ type: 'cart.abandoned', data: { ...common, items: [item] } });
  if (end === 'checked-out')
    events.push({ type: 'cart.checked-out', data: { ...common, items: [item], ...checkout } });
  return events;
}
