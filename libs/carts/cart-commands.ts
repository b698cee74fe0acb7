import type { CartCustomer, CartItem, Checkout } from './cart.js';

/** Creates the cart, or changes whose it is and its currency. */
export interface OpenCart {
  readonly type: 'open-cart';
  readonly cartId: string;
  readonly customer: CartCustomer;
  readonly currency: string;
  /** Whether a process manager is to watch over the cart, if it is new. */
  readonly fulfilment: boolean;
  /** Absent without a limit. */
  readonly quota?: CartQuota;
}

/** How many carts the tenant has that are not checked out, as far as is known, and may have. */
export interface CartQuota {
  readonly existing: number;
  readonly limit: number;
}

/** Adds an article, or changes its quantity and price. */
export interface SetItem extends CartItem {
  readonly type: 'set-item';
  readonly cartId: string;
}

export interface RemoveItem {
  readonly type: 'remove-item';
  readonly cartId: string;
  readonly sku: string;
}

/** Ends the cart: its order follows. A repeat changes nothing, whatever it says. */
export interface CheckOut extends Checkout {
  readonly type: 'check-out';
  readonly cartId: string;
}

/** From the cart's process. Has no effect unless the cart is open, holds articles and is as it was then. */
export interface AbandonCart {
  readonly type: 'abandon-cart';
  readonly cartId: string;
  /** The version at which the cart was last seen. */
  readonly ifVersion: number;
}

export type CartCommand = OpenCart | SetItem | RemoveItem | CheckOut | AbandonCart;
