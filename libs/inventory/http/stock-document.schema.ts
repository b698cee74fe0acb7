import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';

/** The SKU in a path follows the rules of an order item's, so a malformed one is invalid rather than unknown. */
export const skuParametersSchema = z.strictObject({
  sku: storableText(1, 100).describe('The SKU. Any character is allowed when percent-encoded.'),
});
export type SkuParameters = z.output<typeof skuParametersSchema>;

/** A stock item in the responses of commands and queries. */
export const stockDocumentSchema = z
  .object({
    sku: z.string(),
    version: z.int().min(1).describe('Number of events of the stock item so far; also its ETag.'),
    onHand: z.int().min(0).describe('Units in the warehouse, reserved or not.'),
    reserved: z.int().min(0).describe('Units reserved for orders that have not been shipped.'),
    available: z.int().min(0).describe('On hand minus reserved.'),
    lowAt: z
      .int()
      .min(0)
      .optional()
      .describe('Threshold: the item is low at so many available units. Absent if there is none.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'StockItem' });
