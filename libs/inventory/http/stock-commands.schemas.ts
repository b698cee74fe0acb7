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

export const thresholdSchema = z
  .strictObject({
    lowAt: z
      .int()
      .min(0)
      .nullable()
      .describe('Available units at which the item is low; null for no threshold.'),
  })
  .meta({ id: 'StockThreshold', example: { lowAt: 20 } });

export type ReceiptBody = z.infer<typeof receiptSchema>;
export type AdjustmentBody = z.infer<typeof adjustmentSchema>;
export type ThresholdBody = z.infer<typeof thresholdSchema>;
