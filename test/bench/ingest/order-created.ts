import type { EventToEncode } from '#libs/contracts';
import { type EventMetadata, newId } from '#libs/kernel';
import { orderDecider } from '#libs/orders';
import { someMetadata } from '#libs/orders/testing';
import type { CreateOrderBody } from '#libs/orders/http';

/** The event that the product makes of the order, metadata and all. */
export function orderCreated(orderId: string, body: CreateOrderBody): EventToEncode {
  const { customer, currency, items, shippingAddress = null, metadata = {} } = body;
  const { email = null, name = null } = customer;
  const order = { orderId, customer: { id: customer.id, email, name }, currency, items };
  const details = { ...order, shippingAddress, metadata, payment: null, fulfilment: true };
  const command = { type: 'create-order' as const, ...details };
  const decision = orderDecider.decide(command, orderDecider.initialState);
  const event = decision.ok ? decision.value[0] : undefined;
  if (!event) throw new Error('the order was refused');
  return {
    ...event,
    metadata: benchMetadata({ streamId: orderId, occurredAt: new Date().toISOString(), actor: newId() }),
  };
}

/** Metadata as long as the product writes it. */
export const benchMetadata = (given: Partial<EventMetadata>): EventMetadata => ({
  ...someMetadata({ correlationId: newId(), tenant: 'bench', ...given }),
  // As long as a SHA-256 hash.
  requestHash: 'x'.repeat(43),
});
