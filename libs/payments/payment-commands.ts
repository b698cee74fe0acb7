import type { FailureCause } from './failure-cause.js';
import type { PaymentFacts } from './payment.js';

/** The gateway holds the whole amount. */
export interface RecordAuthorization extends PaymentFacts {
  readonly type: 'record-authorization';
  readonly gateway: string;
  readonly reference: string;
}

/** A fraud rule, or the gateway, wants a person to decide. */
export interface FlagPayment extends PaymentFacts {
  readonly type: 'flag-payment';
  readonly reason: string;
  /** Null if it was flagged before it reached a gateway. */
  readonly gateway: string | null;
  readonly reference: string | null;
}

export interface ReviewPayment {
  readonly type: 'review-payment';
  readonly orderId: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
}

export interface RecordCapture {
  readonly type: 'record-capture';
  readonly orderId: string;
  /** Minor units; at most the order's total. */
  readonly amount: number;
}

/** The gateway declined. */
export interface RecordFailure extends PaymentFacts {
  readonly type: 'record-failure';
  readonly gateway: string | null;
  readonly reason: string;
  readonly cause: FailureCause;
}

/** The gateway holds nothing (any more). Closes the payment, even one that the gateway never heard of. */
export interface RecordVoid extends PaymentFacts {
  readonly type: 'record-void';
  readonly reason: string | null;
}

/** Decides whether a refund is possible, without an event: money moves only after this is accepted. */
export interface CheckRefund {
  readonly type: 'check-refund';
  readonly orderId: string;
  readonly refundId: string;
  /** Minor units; null for all that is left. */
  readonly amount: number | null;
}

export interface RecordRefund {
  readonly type: 'record-refund';
  readonly orderId: string;
  readonly refundId: string;
  /** Minor units, from 1. */
  readonly amount: number;
  readonly reason: string | null;
}

export type PaymentCommand =
  | RecordAuthorization
  | FlagPayment
  | ReviewPayment
  | RecordCapture
  | RecordFailure
  | RecordVoid
  | CheckRefund
  | RecordRefund;
