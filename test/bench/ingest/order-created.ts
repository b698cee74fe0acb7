import type { EventToEncode } from '#libs/contracts';
import { newId } from '#libs/kernel';
import { orderDecider } from '#libs/orders';
import type { CreateOrderBody } from '../../../apps/command-api/src/orders/order.schemas.js';

/** The event that the product makes of the order, metadata and all. */
export function orderCreated(orderId: string, body: CreateOrderBody): EventToEncode {
  const { customer, currency, items, shippingAddress = null, metadata = {} } = body;
  const { email = null, name = null } = customer;
  const order = { orderId, customer: { id: customer.id, email, name }, currency, items };
  const command = { type: 'create-order' as const, ...order, shippingAddress, metadata };
  const decision = orderDecider.decide(command, orderDecider.initialState);
  const event = decision.ok ? decision.value[0] : undefined;
  if (!event) throw new Error('the order was refused');
  return {
    ...event,
    metadata: {
      eventId: newId(),
      streamId: orderId,
      version: 1,
      occurredAt: new Date().toISOString(),
      correlationId: newId(),
      causationId: null,
      commandId: newId(),
      // As long as the SHA-256 hash that the product writes.
      requestHash: 'x'.repeat(43),
      tenant: 'bench',
      actor: newId(),
      traceparent: null,
    },
  };
}
