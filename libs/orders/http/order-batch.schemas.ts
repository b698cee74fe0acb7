import { z } from 'zod';
import { problemSchema, TENANT_LIMITS } from '#libs/platform';
import { createOrderSchema } from './order-commands.schemas.js';

export const batchItemSchema = createOrderSchema
  .safeExtend({
    idempotencyKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
      .optional()
      .describe('Same as the Idempotency-Key header of a single request.'),
  })
  .meta({ id: 'CreateOrderBatchItem' });

/** Accepts any items, because an invalid one gets its own result; the item schema is published for documentation. */
export const batchBodySchema = z
  .array(batchItemSchema)
  .min(1)
  .max(TENANT_LIMITS.batchSize.most)
  .meta({ items: { description: 'A `CreateOrderBatchItem`. Anything else gets a result with status 400.' } });

export const batchAnswerSchema = z
  .object({
    results: z
      .array(
        z.object({
          status: z.int().describe('The status that a single request would get.'),
          orderId: z.string().optional(),
          version: z.int().optional(),
          position: z.string().optional().describe('Same as the Orderstream-Position header.'),
          error: problemSchema.optional(),
        }),
      )
      .describe('In the same order as the request.'),
  })
  .meta({ id: 'CreateOrderBatchAnswer' });

/** `error` is a problem document. */
export interface BatchResult {
  readonly status: number;
  readonly orderId?: string;
  readonly version?: number;
  readonly position?: string;
  readonly error?: Record<string, unknown>;
}
