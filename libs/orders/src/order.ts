/** The life of an order: created → confirmed → shipped → delivered → completed; cancelled before shipped. */
export const ORDER_STATUSES = [
  'created',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface Customer {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface OrderItem {
  readonly sku: string;
  /** From 1. */
  readonly quantity: number;
  /** Minor units of the order's currency, from 0. */
  readonly unitPrice: number;
}

/** What the customer ordered: fixed when the order is created. */
export interface OrderDetails {
  readonly orderId: string;
  readonly customer: Customer;
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly OrderItem[];
  /** Minor units: the sum of quantity × unit price. */
  readonly total: number;
  /** Lines of an address by name, in the client's own terms. */
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  /** The client's own labels. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ExistingOrder extends OrderDetails {
  readonly status: OrderStatus;
  /** Why the last step was taken, where somebody said so. */
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

export type OrderState = { readonly status: 'none' } | ExistingOrder;
