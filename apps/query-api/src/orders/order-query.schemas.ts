import { z } from 'zod';
import { ORDER_STATUSES } from '#libs/orders';

/** Parameters are text; this one must be a number from 1 to 500. */
const limitSchema = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 500, 'must be a whole number from 1 to 500')
  .default(50);

const paging = {
  limit: limitSchema.describe('Items in a page, from 1 to 500.'),
  pageToken: z.string().max(500).optional().describe('`nextPageToken` of the page before.'),
};

const time = z.iso.datetime({
  offset: true,
  error: 'must be a time of RFC 3339, such as 2026-01-31T12:00:00Z',
});

export const orderListSchema = z
  .strictObject({
    status: z.enum(ORDER_STATUSES).optional(),
    customerId: z.string().min(1).max(200).optional(),
    createdFrom: time.optional().describe('At or after this time.'),
    createdTo: time.optional().describe('Before this time.'),
    ...paging,
  })
  .meta({ id: 'OrderListQuery' });

export const timelineSchema = z.strictObject(paging).meta({ id: 'OrderEventsQuery' });

/** What the page tokens hold: where the next page begins. */
export const orderPageEndSchema = z.object({ createdAt: z.iso.datetime(), orderId: z.uuid() });
export const timelinePageStartSchema = z.object({ fromVersion: z.int().min(1) });

export type OrderListQuery = z.output<typeof orderListSchema>;
export type TimelineQuery = z.output<typeof timelineSchema>;
