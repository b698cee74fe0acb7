import { z } from 'zod';
import {
  currencySchema,
  customerSchema,
  orderMetadataSchema,
  paymentSchema,
  quantitySchema,
  shippingAddressSchema,
  storableText,
  unitPriceSchema,
} from '#libs/contracts';
import { ORDER_STATUSES } from '../order.js';

const itemSchema = z
  .strictObject({
    sku: storableText(1, 100),
    quantity: quantitySchema,
    unitPrice: unitPriceSchema,
  })
  .meta({ id: 'OrderItem' });

export const createOrderSchema = z
  .strictObject({
    customer: customerSchema,
    currency: currencySchema,
    items: z.array(itemSchema).min(1).max(1_000),
    shippingAddress: shippingAddressSchema.optional(),
    metadata: orderMetadataSchema.optional(),
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
