import { type Stream, withoutNulls } from '#libs/kernel';
import { type Cart, cartExists, type ExistingCart } from './cart.js';

/** A cart as clients see it, in command responses and query results alike: without its payment token. */
export type CartDocument = Omit<ExistingCart, 'changes' | 'checkout'> & {
  readonly orderId?: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** @throws for a stream without events */
export function cartDocument({ state, version, createdAt, updatedAt }: Stream<Cart>): CartDocument {
  if (!cartExists(state)) throw new Error('a cart without events has no document');
  const { changes: _, checkout, ...cart } = state;
  return {
    ...withoutNulls(cart),
    ...(checkout && { orderId: checkout.orderId }),
    version,
    createdAt,
    updatedAt,
  };
}
