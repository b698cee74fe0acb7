import { type CommandSource, createRequest } from '#libs/commanding';
import type { CommandRequest } from '#libs/event-store';
import type { CreateOrder } from '#libs/orders';
import type { CreateOrderBody } from './order.schemas.js';

/** The command to create an order; the same from a request of its own and from a batch, so that keys hold for both. */
export function createOrderRequest(
  source: CommandSource,
  body: CreateOrderBody,
): CommandRequest<CreateOrder> {
  const { customer, currency, items, shippingAddress = null, metadata = {} } = body;
  return createRequest(source, 'orders', (orderId) => ({
    type: 'create-order',
    orderId,
    customer: { id: customer.id, email: customer.email ?? null, name: customer.name ?? null },
    currency,
    items,
    shippingAddress,
    metadata,
  }));
}
