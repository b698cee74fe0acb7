import type { RecordedEvent } from '#libs/kernel';
import type { StockEvent } from '#libs/inventory';
import { CANCELLATION_CAUSES, type CancellationCause, type OrderEvent } from '#libs/orders';
import type { PaymentEvent } from '#libs/payments';
import type { Concern } from '#libs/processes/core';
import type { FulfilmentEvent } from './fulfilment-events.js';
import type { FulfilmentPolicy, ProcessPolicy } from '../process-policy.js';

type Known = OrderEvent | PaymentEvent | StockEvent;

/** Which order an event concerns, and what of it its process needs. */
export function concernOf(
  { type, data, metadata }: RecordedEvent,
  { orders: policy }: ProcessPolicy,
): Concern<FulfilmentEvent> | undefined {
  const known = { type, data } as Known;
  const event = fulfilmentEvent(known, metadata, policy);
  return event && { processId: (known.data as { readonly orderId: string }).orderId, event };
}

function fulfilmentEvent(
  event: Known,
  { occurredAt, version }: RecordedEvent['metadata'],
  policy: FulfilmentPolicy,
): FulfilmentEvent | undefined {
  switch (event.type) {
    case 'order.created': {
      const { orderId, customer, currency, total, items, fulfilment } = event.data;
      // Somebody else carries this order: it was created while fulfilment was off, or before there was any.
      if (!fulfilment) return undefined;
      const order = { orderId, customerId: customer.id, currency, total, lines: linesOf(items) };
      return { type: 'order-created', ...order, createdAt: Date.parse(occurredAt), policy };
    }
    case 'order.confirmed':
      return { type: 'order-confirmed' };
    case 'order.shipped': {
      const { trackingNumber, carrier } = event.data;
      return { type: 'order-shipped', trackingNumber, carrier };
    }
    case 'order.delivered':
      return { type: 'order-delivered', deliveredAt: Date.parse(occurredAt) };
    case 'order.completed':
      return { type: 'order-completed' };
    case 'order.cancelled':
      return { type: 'order-cancelled', cause: causeOf(event.data.cause), reason: event.data.reason };
    case 'payment.approved':
      return { type: 'payment-approved' };
    case 'payment.rejected':
      return { type: 'payment-rejected', reason: event.data.reason };
    case 'payment.refunded':
      return { type: 'payment-refunded', amount: event.data.amount, version };
    case 'stock.reserved':
      return { type: 'stock-reserved', sku: event.data.sku, version };
    default:
      return undefined;
  }
}

/** Old events name no cause, and events of a later release may name one that is not known here. */
const causeOf = (cause: string | null): CancellationCause =>
  CANCELLATION_CAUSES.find((known) => known === cause) ?? 'requested';

function linesOf(items: readonly { readonly sku: string; readonly quantity: number }[]) {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
