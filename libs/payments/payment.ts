export const PAYMENT_STATUSES = [
  'pending',
  'in-review',
  'authorized',
  'captured',
  'failed',
  'voided',
  'refunded',
  'partially-refunded',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** What a payment is for. Every event repeats it, so that filters and analysts need no join. */
export interface PaymentFacts {
  readonly orderId: string;
  readonly customerId: string;
  /** ISO 4217. */
  readonly currency: string;
  /** The order's total in minor units, which is also the amount to pay. */
  readonly total: number;
}

export interface Refund {
  readonly refundId: string;
  /** Minor units, from 1. */
  readonly amount: number;
}

export interface ExistingPayment extends PaymentFacts {
  readonly status: PaymentStatus;
  /** The gateway that holds the authorization. */
  readonly gateway: string | null;
  /** The gateway's id of the authorization. */
  readonly reference: string | null;
  /** Whether the gateway may still hold money that was neither captured nor voided. */
  readonly holdsMoney: boolean;
  /** Minor units. */
  readonly captured: number;
  /** Minor units; the sum of the refunds. */
  readonly refunded: number;
  readonly refunds: readonly Refund[];
  /** Reason given for the last step, if any. */
  readonly reason: string | null;
  /** Why it failed, if the gateway declined it; absent where that was not so. */
  readonly cause?: string | null;
}

export type PaymentState = { readonly status: 'none' } | ExistingPayment;

export const hasPayment = (state: PaymentState): state is ExistingPayment => state.status !== 'none';

/** Whether the payment has ended without money, or with all money returned; a captured one can still be refunded. */
export const isClosed = ({ status }: PaymentState): boolean =>
  status === 'failed' || status === 'voided' || status === 'refunded';

export const isRefunded = (state: PaymentState, refundId: string): boolean =>
  hasPayment(state) && state.refunds.some((refund) => refund.refundId === refundId);
