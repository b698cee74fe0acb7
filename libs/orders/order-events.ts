import type { DomainEvent } from '#libs/kernel';
import type { OrderDetails } from './order.js';

export interface StepData {
  readonly orderId: string;
  readonly reason: string | null;
}

export interface ShipmentData extends StepData {
  readonly trackingNumber: string | null;
  readonly carrier: string | null;
}

export type OrderCreated = DomainEvent<'order.created', OrderDetails>;
export type OrderConfirmed = DomainEvent<'order.confirmed', StepData>;
export type OrderShipped = DomainEvent<'order.shipped', ShipmentData>;
export type OrderDelivered = DomainEvent<'order.delivered', StepData>;
export type OrderCompleted = DomainEvent<'order.completed', StepData>;
export type OrderCancelled = DomainEvent<'order.cancelled', StepData>;

export type OrderEvent =
  | OrderCreated
  | OrderConfirmed
  | OrderShipped
  | OrderDelivered
  | OrderCompleted
  | OrderCancelled;
