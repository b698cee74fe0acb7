import type { DomainEvent } from '#libs/kernel';
import type { CartCustomer, CartItem, Checkout } from './cart.js';

/** In every event of a cart. */
interface CartData {
  readonly cartId: string;
  readonly customerId: string;
  readonly currency: string;
  /** After the event. */
  readonly total: number;
}

interface OpeningData extends CartData {
  readonly customer: CartCustomer;
}

interface ContentData extends CartData {
  readonly items: readonly CartItem[];
}

export type CartEvent =
  | DomainEvent<'cart.created', OpeningData & { readonly fulfilment: boolean }>
  | DomainEvent<'cart.updated', OpeningData>
  | DomainEvent<'cart.item-set', CartData & CartItem>
  | DomainEvent<'cart.item-removed', CartData & { readonly sku: string }>
  | DomainEvent<'cart.checked-out', ContentData & Checkout>
  | DomainEvent<'cart.abandoned', ContentData>;
