import type { Answer, Item } from '../../api/answer';

export type Payment = Answer<'/v1/payments/{orderId}'>;

export const PAYMENT_STATUSES = [
  'in-review',
  'pending',
  'authorized',
  'captured',
  'failed',
  'voided',
  'refunded',
  'partially-refunded',
] as const;

/** One of any tenant that waits for a decision. */
export type ReviewedPayment = Item<'/v1/operations/payments'>;

/** What can still be given back. */
export const refundable = ({ captured, refunded }: Payment): number => captured - refunded;
