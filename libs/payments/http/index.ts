import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { PageTokens, pageEndTime, pagingParameters } from '#libs/platform';
import { FAILURE_CAUSES } from '../failure-cause.js';
import { PAYMENT_STATUSES } from '../payment.js';

export const reviewPaymentSchema = z
  .strictObject({ decision: z.enum(['approve', 'reject']), reason: storableText(1, 1_000).optional() })
  .meta({ id: 'ReviewPayment', example: { decision: 'approve', reason: 'called the customer' } });

export const refundPaymentSchema = z
  .strictObject({
    amount: z.int().min(1).optional().describe('In minor units of the currency. Default: all that is left.'),
    reason: storableText(1, 1_000).optional(),
  })
  .meta({ id: 'RefundPayment', example: { amount: 950, reason: 'arrived broken' } });

export const paymentListSchema = z.strictObject({
  status: z.enum(PAYMENT_STATUSES).optional(),
  ...pagingParameters,
});
export const paymentPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });

/** A payment in the responses of commands and queries. */
export const paymentDocumentSchema = z
  .object({
    orderId: z.uuid(),
    status: z.enum(PAYMENT_STATUSES),
    version: z
      .int()
      .min(0)
      .describe('Number of events of the payment so far; also its ETag. 0 until the first.'),
    customerId: z.string(),
    currency: z.string(),
    amount: z.int().min(0).describe("The order's total, in minor units of the currency."),
    captured: z.int().min(0).describe('In minor units of the currency.'),
    refunded: z.int().min(0).describe('The sum of the refunds, in minor units of the currency.'),
    refunds: z.array(z.object({ refundId: z.uuid(), amount: z.int().min(1) })),
    gateway: z.string().optional(),
    reason: z.string().optional().describe('Reason given for the last step, if any.'),
    cause: z
      .string()
      .optional()
      .describe(`Why the gateway declined, if it did: ${FAILURE_CAUSES.join(', ')}. There may be more.`),
    createdAt: timestampSchema.optional(),
    updatedAt: timestampSchema.optional(),
  })
  .meta({ id: 'Payment' });

export type ReviewPaymentBody = z.infer<typeof reviewPaymentSchema>;
export type RefundPaymentBody = z.infer<typeof refundPaymentSchema>;
export type PaymentListQuery = z.output<typeof paymentListSchema>;
