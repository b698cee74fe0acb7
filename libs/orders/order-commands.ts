import type { Customer, OrderItem, OrderStatus } from './order.js';

export interface CreateOrder {
  readonly type: 'create-order';
  readonly orderId: string;
  readonly customer: Customer;
  readonly currency: string;
  readonly items: readonly OrderItem[];
  readonly shippingAddress: Readonly<Record<string, string>> | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Moves the order to its next status. `created` is well formed but always rejected. */
export interface ChangeOrderStatus {
  readonly type: 'change-order-status';
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

export type OrderCommand = CreateOrder | ChangeOrderStatus;
