import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { CANCELLATION_CAUSES, ORDER_STATUSES } from '../order.js';

/** An order in the responses of commands and queries. */
export const orderDocumentSchema = z
  .object({
    orderId: z.uuid(),
    status: z.enum(ORDER_STATUSES),
    version: z.int().min(1).describe('Number of events of the order so far; also its ETag.'),
    customer: z.object({ id: z.string(), email: z.string().optional(), name: z.string().optional() }),
    currency: z.string(),
    items: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() })),
    total: z.int().describe('In minor units of the currency.'),
    shippingAddress: z.record(z.string(), z.string()).optional(),
    metadata: z.record(z.string(), z.string()),
    reason: z.string().optional(),
    trackingNumber: z.string().optional(),
    carrier: z.string().optional(),
    cancellation: z
      .object({ cause: z.enum(CANCELLATION_CAUSES), reason: z.string().optional() })
      .optional()
      .describe('Why the order was cancelled; `requested`: by a change of its status.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Order' });
