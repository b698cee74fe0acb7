import type { DomainEvent } from '#libs/kernel';

export interface ReceiptData {
  readonly sku: string;
  readonly quantity: number;
}

export interface AdjustmentData extends ReceiptData {
  readonly reason: string;
}

export interface ReservationData extends ReceiptData {
  readonly orderId: string;
}

export interface RejectedReservationData extends ReservationData {
  /** Available at that moment; less than `quantity`. */
  readonly available: number;
}

export interface ThresholdData {
  readonly sku: string;
  /** `null` for no threshold. */
  readonly lowAt: number | null;
}

export interface AlertData extends ThresholdData {
  /** After the event that crossed the line. */
  readonly available: number;
}

export type StockReceived = DomainEvent<'stock.received', ReceiptData>;
export type StockAdjusted = DomainEvent<'stock.adjusted', AdjustmentData>;
export type StockReserved = DomainEvent<'stock.reserved', ReservationData>;
/** An outcome of the command, not a rejection: the requesting process reads it from the log. */
export type StockReservationRejected = DomainEvent<'stock.reservation-rejected', RejectedReservationData>;
export type StockReleased = DomainEvent<'stock.released', ReservationData>;
export type StockShipped = DomainEvent<'stock.shipped', ReservationData>;

export type StockThresholdChanged = DomainEvent<'stock.threshold-changed', ThresholdData>;
export type StockLow = DomainEvent<'stock.low', AlertData & { readonly lowAt: number }>;
export type StockDepleted = DomainEvent<'stock.depleted', AlertData>;
export type StockReplenished = DomainEvent<'stock.replenished', AlertData>;

export type StockAlert = StockLow | StockDepleted | StockReplenished;
export type StockEvent =
  | StockReceived
  | StockAdjusted
  | StockReserved
  | StockReservationRejected
  | StockReleased
  | StockShipped
  | StockThresholdChanged
  | StockAlert;
