import { type EventMetadata, newId, type RecordedEvent } from '#libs/kernel';
import type { OrderEvent } from '../order-events.js';
import type { OrderStatus } from '../order.js';

/** Event metadata that is complete and plain; name what the test is about. */
export const someMetadata = (given: Partial<EventMetadata> = {}): EventMetadata => ({
  eventId: newId(),
  streamId: newId(),
  version: 1,
  occurredAt: '2026-01-01T00:00:00.000Z',
  correlationId: 'correlation',
  causationId: null,
  commandId: newId(),
  requestHash: null,
  tenant: 'tenant',
  actor: 'test',
  traceparent: null,
  ...given,
});

export type OrderEventToAppend = OrderEvent & { readonly metadata: EventMetadata };

/** An event of an order's life at a place in its stream: version 1 creates it, others take the step named. */
export function someOrderEvent(
  orderId: string,
  version: number,
  step: Exclude<OrderStatus, 'created'> = 'confirmed',
  given: Partial<EventMetadata> = {},
): OrderEventToAppend {
  const metadata = someMetadata({ streamId: orderId, version, ...given });
  if (version > 1) {
    const data = { orderId, reason: null, customerId: 'c-1', currency: 'EUR', total: 900 };
    if (step === 'shipped')
      return { type: 'order.shipped', data: { ...data, trackingNumber: null, carrier: null }, metadata };
    if (step === 'cancelled')
      return { type: 'order.cancelled', data: { ...data, cause: 'requested' }, metadata };
    return { type: `order.${step}`, data, metadata };
  }
  const items = [{ sku: 'tea', quantity: 2, unitPrice: 450 }];
  const customer = { id: 'c-1', email: null, name: null };
  const order = { orderId, customer, customerId: customer.id, currency: 'EUR', items, total: 900 };
  const data = { ...order, shippingAddress: null, metadata: {}, payment: null, fulfilment: null };
  return { type: 'order.created', data, metadata };
}

export const recordedAt = (
  event: OrderEventToAppend,
  partition: number,
  offset: number,
): RecordedEvent<OrderEvent> => ({ ...event, position: { topic: 'orders', partition, offset } });
