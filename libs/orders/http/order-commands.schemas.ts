import { z } from 'zod';
import { currencySchema, emailSchema, storableText } from '#libs/contracts';
import { ORDER_STATUSES } from '../order.js';

const labels = (description: string) =>
  z
    .record(storableText(1, 100), storableText(0, 500))
    .refine((map) => Object.keys(map).length <= 50, 'at most 50 entries are allowed')
    .meta({ description, maxProperties: 50 });

const customerSchema = z
  .strictObject({
    id: storableText(1, 200).describe('Your customer id.'),
    email: emailSchema.optional(),
    name: storableText(1, 200).optional(),
  })
  .meta({ id: 'Customer' });

const itemSchema = z
  .strictObject({
    sku: storableText(1, 100),
    quantity: z.int().min(1),
    unitPrice: z.int().min(0).describe('In minor units of the currency, such as cents.'),
  })
  .meta({ id: 'OrderItem' });

const paymentSchema = z
  .strictObject({
    token: z
      .string()
      .regex(
        /^(?!(?:[ -]?\d){12,19}$)[\x20-\x7e]{1,255}$/,
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

export const createOrderSchema = z
  .strictObject({
    customer: customerSchema,
    currency: currencySchema,
    items: z.array(itemSchema).min(1).max(1_000),
    shippingAddress: labels('Address lines by name; you choose the names.').optional(),
    metadata: labels('Your own labels: up to 50 entries of up to 500 characters.').optional(),
    payment: paymentSchema.optional(),
  })
  .meta({
    id: 'CreateOrder',
    example: {
      customer: { id: 'c-42', email: 'ada@example.com' },
      currency: 'EUR',
      items: [{ sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 }],
    },
  });

export const changeOrderStatusSchema = z
  .strictObject({
    status: z.enum(ORDER_STATUSES),
    reason: storableText(1, 1_000).optional(),
    trackingNumber: storableText(1, 200).optional().describe('Only with status shipped.'),
    carrier: storableText(1, 200).optional().describe('Only with status shipped.'),
  })
  .superRefine(({ status, trackingNumber, carrier }, context) => {
    if (status === 'shipped') return;
    for (const [name, value] of Object.entries({ trackingNumber, carrier })) {
      if (value !== undefined) {
        context.addIssue({ code: 'custom', path: [name], message: 'is only for status shipped' });
      }
    }
  })
  .meta({
    id: 'ChangeOrderStatus',
    if: { anyOf: [{ required: ['trackingNumber'] }, { required: ['carrier'] }] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { status: { enum: ['shipped'] } } },
    example: { status: 'shipped', trackingNumber: '1Z999', carrier: 'UPS' },
  });

export type CreateOrderBody = z.infer<typeof createOrderSchema>;
export type ChangeOrderStatusBody = z.infer<typeof changeOrderStatusSchema>;
