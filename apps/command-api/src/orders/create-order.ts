import { type CommandSource, createRequest } from '#libs/commands';
import type { CommandRequest } from '#libs/event-store/core';
import type { CreateOrder } from '#libs/orders';
import type { CreateOrderBody } from '#libs/orders/http';

/** Single and batch requests share this, so an idempotency key means the same in both. */
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
