import { z } from 'zod';
import { timestampSchema } from './order.schema.js';
import { storableText } from './text.schema.js';

/** The sku in a path, by the rules of an order item's: where it is wrong, the answer says so, and not that it is unknown. */
export const skuParametersSchema = z.strictObject({
  sku: storableText(1, 100).describe('The article. Percent-encoded, it may hold any character.'),
});
export type SkuParameters = z.output<typeof skuParametersSchema>;

/** A stock item as commands and queries answer it. */
export const stockDocumentSchema = z
  .object({
    sku: z.string(),
    version: z.int().min(1).describe('Number of events of the stock item so far; also its ETag.'),
    onHand: z.int().min(0).describe('What is in the warehouse, reserved or not.'),
    reserved: z.int().min(0).describe('What is held for orders that have not been shipped.'),
    available: z.int().min(0).describe('On hand less reserved.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'StockItem' });
