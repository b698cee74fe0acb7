import type { CancellationCause } from '#libs/orders';
import type { FulfilmentPolicy } from '../process-policy.js';

/**
 *   wanted ──► reserved ──► released | shipped
 *      └─────► untracked | rejected
 */
export type LineStatus = 'wanted' | 'reserved' | 'untracked' | 'rejected' | 'released' | 'shipped';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly status: LineStatus;
  /** The stock's version when the line got its status. */
  readonly version: number;
  /** The stock's version of a reservation that a late repeat made after the line was released or shipped. */
  readonly stray: number | null;
}

/**
 *   none ──► authorized ──► captured ──► closed
 *     │  └─► in-review ──► approved ──► authorized
 *     └────► failed
 */
export type PaymentProgress =
  | 'none'
  | 'in-review'
  | 'approved'
  | 'authorized'
  | 'captured'
  | 'failed'
  | 'closed';

export type OrderProgress = 'created' | 'confirmed' | 'shipped' | 'delivered' | 'completed' | 'cancelled';

export interface Failure {
  readonly cause: CancellationCause;
  readonly reason: string | null;
}

/** A mail that the customer is owed. */
export interface OwedMail {
  /** Unique in the process. */
  readonly key: string;
  readonly template:
    | 'order-confirmed'
    | 'order-shipped'
    | 'order-cancelled'
    | 'payment-failed'
    | 'payment-refunded';
  readonly facts: Readonly<Record<string, string | number | null>>;
  readonly isDone: boolean;
}

/** All that the process of an order knows. */
export interface FulfilmentFacts extends Readonly<Record<string, unknown>> {
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly total: number;
  readonly createdAt: number;
  readonly policy: FulfilmentPolicy;
  readonly lines: readonly Line[];
  readonly screening: 'none' | 'passed' | 'flagged';
  /** The fraud rule that flagged it. */
  readonly flagReason: string | null;
  readonly payment: PaymentProgress;
  readonly order: OrderProgress;
  readonly deliveredAt: number | null;
  /** The time after the delivery is over. */
  readonly mayComplete: boolean;
  /** A person has to look, or has looked, at the payment, which gives it more time. */
  readonly isReviewed: boolean;
  /** How often the payment was sent to a person, by the answers, and approved, by the events, which may come first. */
  readonly reviews: number;
  readonly approvals: number;
  /** Authorizations that are answered. Each has a key of its own. */
  readonly authorizations: number;
  /** Why the order cannot go on. From then on the process undoes what was done. */
  readonly failure: Failure | null;
  readonly mails: readonly OwedMail[];
}
