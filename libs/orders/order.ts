/** created → confirmed → shipped → delivered → completed; cancellable until it ships. */
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

/** Fixed when the order is created. */
export interface OrderDetails {
  readonly orderId: string;
  readonly customer: Customer;
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly OrderItem[];
  /** Minor units: the sum of quantity × unit price. */
  readonly total: number;
  /** Address lines by name; the client chooses the names. */
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  /** Free-form labels set by the client. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ExistingOrder extends OrderDetails {
  readonly status: OrderStatus;
  /** Reason given for the last status change, if any. */
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

export type OrderState = { readonly status: 'none' } | ExistingOrder;
