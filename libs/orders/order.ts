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

/** Why an order was cancelled. `requested`: by somebody; the others: by its process. */
export const CANCELLATION_CAUSES = [
  'requested',
  'out-of-stock',
  'payment-failed',
  'payment-timed-out',
  'payment-rejected',
] as const;
export type CancellationCause = (typeof CANCELLATION_CAUSES)[number];

export interface Cancellation {
  /** One of {@link CANCELLATION_CAUSES}, or one that a later release has added. */
  readonly cause: string;
  readonly reason: string | null;
}

export interface OrderPayment {
  /** Stands for the means of payment at the gateway. It is as good as a password, so it is never shown. */
  readonly token: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
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
  readonly payment: OrderPayment | null;
  /** Whether a process manager carries the order. `null` if it was created before there was one. */
  readonly fulfilment: boolean | null;
}

export interface ExistingOrder extends OrderDetails {
  readonly status: OrderStatus;
  /** Reason given for the last status change, if any. */
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
  /** Only of a cancelled order. */
  readonly cancellation: Cancellation | null;
}

export type OrderState = { readonly status: 'none' } | ExistingOrder;
