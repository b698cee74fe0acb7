import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { ORDER_STATUSES } from '#libs/orders';
import { pagingParameters } from '#libs/platform';

/** Postgres knows no year 0. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');

const rfc3339 = z.iso.datetime({ offset: true });

/** Not the format's own schema: its regular expression would fill the API's description. */
const time = z
  .string()
  .refine(
    (text) => rfc3339.safeParse(text).success && Date.parse(text) >= EARLIEST,
    'must be a time of RFC 3339, such as 2026-01-31T12:00:00Z',
  )
  .meta({ format: 'date-time' });

export const orderListSchema = z.strictObject({
  status: z.enum(ORDER_STATUSES).optional(),
  customerId: storableText(1, 200).optional(),
  createdFrom: time.optional().describe('At or after this time.'),
  createdTo: time.optional().describe('Before this time.'),
  ...pagingParameters,
});

export const noParametersSchema = z.strictObject({});

export const timelineSchema = z.strictObject(pagingParameters);

/** What the page tokens hold: where the next page begins. */
export const orderPageEndSchema = z.object({ createdAt: z.iso.datetime(), orderId: z.uuid() });
export const timelinePageStartSchema = z.object({ fromVersion: z.int().min(1) });

export type OrderListQuery = z.output<typeof orderListSchema>;
export type TimelineQuery = z.output<typeof timelineSchema>;
