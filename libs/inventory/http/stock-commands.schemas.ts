import { z } from 'zod';
import { storableText } from '#libs/contracts';

export const receiptSchema = z
  .strictObject({ quantity: z.int().min(1).describe('Units received.') })
  .meta({ id: 'StockReceipt', example: { quantity: 100 } });

export const adjustmentSchema = z
  .strictObject({
    quantity: z
      .int()
      .refine((quantity) => quantity !== 0, 'must not be 0')
      .meta({ description: 'Units to add (positive) or remove (negative); not 0.', not: { enum: [0] } }),
    reason: storableText(1, 1_000),
  })
  .meta({ id: 'StockAdjustment', example: { quantity: -2, reason: 'broken in the warehouse' } });

export type ReceiptBody = z.infer<typeof receiptSchema>;
export type AdjustmentBody = z.infer<typeof adjustmentSchema>;
