import { z } from 'zod';
import {
  currencySchema,
  customerSchema,
  orderMetadataSchema,
  paymentSchema,
  quantitySchema,
  shippingAddressSchema,
  storableText,
  timestampSchema,
  unitPriceSchema,
} from '#libs/contracts';
import { CART_STATUSES } from '../cart.js';

export const cartParametersSchema = z.strictObject({
  cartId: storableText(1, 200).describe(
    'Your id of the cart. Any character is allowed when percent-encoded.',
  ),
});

export const cartItemParametersSchema = cartParametersSchema.extend({
  sku: storableText(1, 100).describe('The SKU. Any character is allowed when percent-encoded.'),
});

export const openCartSchema = z
  .strictObject({ customer: customerSchema, currency: currencySchema })
  .meta({ id: 'OpenCart', example: { customer: { id: 'c-42', email: 'ada@example.com' }, currency: 'EUR' } });

export const cartItemSchema = z
  .strictObject({ quantity: quantitySchema, unitPrice: unitPriceSchema })
  .meta({ id: 'CartItem', example: { quantity: 2, unitPrice: 950 } });

export const checkOutSchema = z
  .strictObject({
    payment: paymentSchema.optional(),
    shippingAddress: shippingAddressSchema.optional(),
    metadata: orderMetadataSchema.optional(),
  })
  .meta({ id: 'CheckOut', example: { payment: { token: 'tok_ok', country: 'DE' } } });

/** A cart in the responses of commands and queries. */
export const cartDocumentSchema = z
  .object({
    cartId: z.string(),
    status: z.enum(CART_STATUSES),
    version: z.int().min(1).describe('Number of events of the cart so far; also its ETag.'),
    customer: z.object({ id: z.string(), email: z.string().optional(), name: z.string().optional() }),
    currency: z.string(),
    items: z
      .array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() }))
      .describe('One for each sku, in the order in which they were first set.'),
    total: z.int().describe('In minor units of the currency.'),
    orderId: z.uuid().optional().describe('The order of a cart that is checked out.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Cart' });

export type CartParameters = z.output<typeof cartParametersSchema>;
export type CartItemParameters = z.output<typeof cartItemParametersSchema>;
export type OpenCartBody = z.infer<typeof openCartSchema>;
export type CartItemBody = z.infer<typeof cartItemSchema>;
export type CheckOutBody = z.infer<typeof checkOutSchema>;
