import { z } from 'zod';
import { ORDER_STATUSES } from '#libs/orders';

/** Described by its format only: zod's own schema would add a long regular expression to the API description. */
export const timestampSchema = z.string().meta({ format: 'date-time' });

/** An order in the responses of commands and queries. */
export const orderDocumentSchema = z
  .object({
    orderId: z.uuid(),
    status: z.enum(ORDER_STATUSES),
    version: z.int().min(1).describe('Number of events of the order so far; also its ETag.'),
    customer: z.object({ id: z.string(), email: z.string().optional(), name: z.string().optional() }),
    currency: z.string(),
    items: z.array(z.object({ sku: z.string(), quantity: z.int(), unitPrice: z.int() })),
    total: z.int().describe('In minor units of the currency.'),
    shippingAddress: z.record(z.string(), z.string()).optional(),
    metadata: z.record(z.string(), z.string()),
    reason: z.string().optional(),
    trackingNumber: z.string().optional(),
    carrier: z.string().optional(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Order' });

/** A recorded event in the responses of queries. */
export const eventDocumentSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    version: z.int().min(1),
    occurredAt: timestampSchema,
    position: z.string().describe('Position in the log: `<topic>/<partition>@<offset>`.'),
    data: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()).describe('Who caused the event, why, and in which request.'),
  })
  .meta({ id: 'Event' });

export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item),
      nextPageToken: z.string().optional().describe('Absent on the last page.'),
    })
    .meta({ id });

export const STATISTICS_PERIODS = ['hour', 'day'] as const;

/** Number and value of orders, in the responses of queries. */
export const orderStatisticsSchema = z
  .object({
    items: z
      .array(
        z.object({
          period: timestampSchema.describe('Start of the period in which the orders were created.'),
          status: z.enum(ORDER_STATUSES).describe('Current status of these orders.'),
          currency: z.string(),
          orders: z.int().min(1),
          // A sum may exceed the limit of zod's integers.
          revenue: z.number().min(0).meta({
            type: 'integer',
            description: 'Sum of their totals, in minor units of the currency. Exact up to 2^53.',
          }),
        }),
      )
      .describe('Ordered by period, currency and status.'),
    by: z.enum(STATISTICS_PERIODS),
    from: timestampSchema.describe('The start of the first period.'),
    to: timestampSchema.describe('The end of the last period.'),
  })
  .meta({ id: 'OrderStatistics' });
