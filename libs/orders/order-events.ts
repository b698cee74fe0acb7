import type { DomainEvent } from '#libs/kernel';
import type { OrderDetails } from './order.js';

/** Every event says whose order it is about and what it is worth; only old events do not. */
export interface StepData {
  readonly orderId: string;
  readonly reason: string | null;
  readonly customerId: string | null;
  readonly currency: string | null;
  /** Minor units of the currency. */
  readonly total: number | null;
}

export interface ShipmentData extends StepData {
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

export interface CancellationData extends StepData {
  /** `null` in old events, of orders cancelled on request. */
  readonly cause: string | null;
}

export type OrderCreated = DomainEvent<
  'order.created',
  OrderDetails & { readonly customerId: string | null }
>;
export type OrderConfirmed = DomainEvent<'order.confirmed', StepData>;
export type OrderShipped = DomainEvent<'order.shipped', ShipmentData>;
export type OrderDelivered = DomainEvent<'order.delivered', StepData>;
export type OrderCompleted = DomainEvent<'order.completed', StepData>;
export type OrderCancelled = DomainEvent<'order.cancelled', CancellationData>;

export type OrderEvent =
  | OrderCreated
  | OrderConfirmed
  | OrderShipped
  | OrderDelivered
  | OrderCompleted
  | OrderCancelled;
