import { type Stream, withoutNulls } from '#libs/kernel';
import { hasPayment, type PaymentFacts, type PaymentState, type PaymentStatus } from './payment.js';

/** A payment as clients see it, in command responses and query results alike. */
export interface PaymentDocument extends Omit<PaymentFacts, 'total'> {
  readonly status: PaymentStatus;
  readonly version: number;
  readonly amount: number;
  readonly captured: number;
  readonly refunded: number;
  readonly refunds: readonly { readonly refundId: string; readonly amount: number }[];
  readonly gateway?: string;
  readonly reason?: string;
  readonly cause?: string;
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** @throws for a stream without events */
export function paymentDocument(stream: Stream<PaymentState>): PaymentDocument {
  const { state, version, createdAt, updatedAt } = stream;
  if (!hasPayment(state)) throw new Error('a payment without events has no document');
  const { orderId, status, customerId, total: amount, currency, captured, refunded, refunds } = state;
  const { gateway, reason, cause } = state;
  const amounts = { currency, amount, captured, refunded, refunds };
  return withoutNulls({
    orderId,
    status,
    version,
    customerId,
    ...amounts,
    gateway,
    reason,
    cause,
    createdAt,
    updatedAt,
  }) as PaymentDocument;
}

/**
 * The payment of an order without an event of it. A process closes the payment of an order that it cancels, so one that is
 * still to be closed is pending.
 */
export function unbegunPaymentDocument(
  { total, ...facts }: PaymentFacts,
  order: { readonly isCancelled: boolean; readonly hasProcess: boolean },
): PaymentDocument {
  const status = unbegunStatus(total, order);
  return { ...facts, status, version: 0, amount: total, captured: 0, refunded: 0, refunds: [] };
}

function unbegunStatus(
  total: number,
  { isCancelled, hasProcess }: { readonly isCancelled: boolean; readonly hasProcess: boolean },
): PaymentStatus {
  if (total === 0) return isCancelled ? 'voided' : 'captured';
  return isCancelled && !hasProcess ? 'voided' : 'pending';
}
