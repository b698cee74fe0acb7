import type { CancellationCause, Customer, OrderItem, OrderPayment, OrderStatus } from './order.js';

export interface CreateOrder {
  readonly type: 'create-order';
  readonly orderId: string;
  readonly customer: Customer;
  readonly currency: string;
  readonly items: readonly OrderItem[];
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly payment: OrderPayment | null;
  /** Whether a process manager is to carry the order. */
  readonly fulfilment: boolean;
}

/** Moves the order on request to its next status. `created` is well formed but always rejected. */
export interface ChangeOrderStatus {
  readonly type: 'change-order-status';
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

/** From the order's process: stock is reserved and payment captured. */
export interface ConfirmOrder {
  readonly type: 'confirm-order';
  readonly orderId: string;
}

/** From the order's process, some time after the delivery. */
export interface CompleteOrder {
  readonly type: 'complete-order';
  readonly orderId: string;
}

/** From the order's process, once everything that it did is compensated. */
export interface CancelOrder {
  readonly type: 'cancel-order';
  readonly orderId: string;
  readonly cause: CancellationCause;
  readonly reason: string | null;
}

export type StatusCommand = ChangeOrderStatus | ConfirmOrder | CompleteOrder | CancelOrder;
export type OrderCommand = CreateOrder | StatusCommand;
