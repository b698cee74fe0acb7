export const CART_STATUSES = ['open', 'checked-out', 'abandoned'] as const;
type CartStatus = (typeof CART_STATUSES)[number];

export interface CartCustomer {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface CartItem {
  readonly sku: string;
  /** From 1. */
  readonly quantity: number;
  /** Minor units of the cart's currency, from 0. */
  readonly unitPrice: number;
}

/** What an order needs beyond the cart itself. */
export interface Checkout {
  readonly orderId: string;
  /** The token is as good as a password, so it is never shown. */
  readonly payment: { readonly token: string; readonly country: string | null } | null;
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ExistingCart {
  readonly status: CartStatus;
  /** As the client calls it. */
  readonly cartId: string;
  readonly customer: CartCustomer;
  /** ISO 4217. */
  readonly currency: string;
  /** One for each SKU, in the order in which they were first set. */
  readonly items: readonly CartItem[];
  /** Minor units: the sum of quantity × unit price. */
  readonly total: number;
  /** Number of events of the cart. */
  readonly changes: number;
  /** Only of a cart that is checked out. */
  readonly checkout: Checkout | null;
}

export type Cart = { readonly status: 'none'; readonly cartId: '' } | ExistingCart;

export const cartExists = (cart: Cart): cart is ExistingCart => cart.status !== 'none';

/** Clients choose cart ids, so the tenant prefix, which never contains a slash, keeps tenants apart. */
export const cartStreamId = (tenant: string, cartId: string): string => `${tenant}/${cartId}`;

/** Of the command that creates the order of a cart: the same on every repeat, whoever sends it. */
export const checkoutCommandId = (orderId: string): string => `checkout ${orderId}`;
