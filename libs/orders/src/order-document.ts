import { type Stream, withoutNulls } from '#libs/kernel';
import type { ExistingOrder, OrderState } from './order.js';

/** An order as clients see it: the same from a command's answer and from a query. */
export type OrderDocument = ExistingOrder & {
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** @throws for a stream without events: there is nothing to show. */
export function orderDocument({ state, version, createdAt, updatedAt }: Stream<OrderState>): OrderDocument {
  if (state.status === 'none') throw new Error('an order that does not exist has no document');
  const { orderId, status, ...rest } = state;
  return withoutNulls({ orderId, status, version, ...rest, createdAt, updatedAt });
}
