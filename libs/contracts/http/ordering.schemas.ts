import { z } from 'zod';
import { emailSchema } from './email.schema.js';
import { storableText } from './text.schema.js';

/** Shapes that requests about orders and about carts have in common. */

const labels = (description: string) =>
  z
    .record(storableText(1, 100), storableText(0, 500))
    .refine((map) => Object.keys(map).length <= 50, 'at most 50 entries are allowed')
    .meta({ description, maxProperties: 50 });

export const shippingAddressSchema = labels('Address lines by name; you choose the names.');
export const orderMetadataSchema = labels('Your own labels: up to 50 entries of up to 500 characters.');

export const customerSchema = z
  .strictObject({
    id: storableText(1, 200).describe('Your customer id.'),
    email: emailSchema.optional(),
    name: storableText(1, 200).optional(),
  })
  .meta({ id: 'Customer' });

export const quantitySchema = z.int().min(1);
export const unitPriceSchema = z.int().min(0).describe('In minor units of the currency, such as cents.');

export const paymentSchema = z
  .strictObject({
    token: z
      .string()
      .regex(
        /^(?!(?:[ .-]*\d){12,19}[ .-]*$)[\x20-\x7e]{1,255}$/,
        'must be 1 to 255 printable ASCII characters, and not a card number',
      )
      .describe('Stands for the means of payment at the payment gateway. Never shown again.'),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code, such as DE')
      .optional()
      .describe('Country of the card or account, ISO 3166-1 alpha-2.'),
  })
  .meta({ id: 'OrderPayment' });
