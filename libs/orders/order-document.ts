import { type Stream, withoutNulls } from '#libs/kernel';
import type { ExistingOrder, OrderState } from './order.js';

/** An order as clients see it, in command responses and query results alike: without its payment token. */
export type OrderDocument = Omit<ExistingOrder, 'payment' | 'fulfilment'> & {
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** @throws for a stream without events */
export function orderDocument({ state, version, createdAt, updatedAt }: Stream<OrderState>): OrderDocument {
  if (state.status === 'none') throw new Error('an order without events has no document');
  const { orderId, status, payment: _payment, fulfilment: _fulfilment, ...rest } = state;
  return withoutNulls({ orderId, status, version, ...rest, createdAt, updatedAt });
}
