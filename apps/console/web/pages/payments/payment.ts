import type { Answer } from '../../api/answer';

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

/** What can still be given back. */
export const refundable = ({ captured, refunded }: Payment): number => captured - refunded;
