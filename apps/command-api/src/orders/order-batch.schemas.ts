import { z } from 'zod';
import { problemSchema } from '#libs/platform';
import { createOrderSchema } from './order.schemas.js';

export const MAX_BATCH = 1_000;

export const batchItemSchema = createOrderSchema
  .safeExtend({
    idempotencyKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
      .optional()
      .describe('As the header Idempotency-Key of a request of its own.'),
  })
  .meta({ id: 'CreateOrderBatchItem' });

/**
 * Any array of things, since each that is wrong has a result of its own; what they should be is among the components all
 * the same.
 */
export const batchBodySchema = z
  .array(batchItemSchema)
  .min(1)
  .max(MAX_BATCH)
  .meta({ items: { description: 'A `CreateOrderBatchItem`. Anything else has a result with status 400.' } });

export const batchAnswerSchema = z
  .object({
    results: z
      .array(
        z.object({
          status: z.int().describe('As that of a request of its own.'),
          orderId: z.string().optional(),
          version: z.int().optional(),
          position: z.string().optional().describe('As in Orderstream-Position.'),
          error: problemSchema.optional(),
        }),
      )
      .describe('In the order of the request.'),
  })
  .meta({ id: 'CreateOrderBatchAnswer' });

/** What the schema describes; the error is a problem document. */
export interface BatchResult {
  readonly status: number;
  readonly orderId?: string;
  readonly version?: number;
  readonly position?: string;
  readonly error?: Record<string, unknown>;
}
