import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { timeParameter } from '#libs/platform';
import { ORDER_STATUSES } from '../order.js';

const STATISTICS_PERIODS = ['hour', 'day'] as const;

export const orderStatisticsQuerySchema = z.strictObject({
  from: timeParameter
    .optional()
    .describe(
      'Orders created at or after this time, from the start of its period on. By default 30 days before `to`, ' +
        'or 24 hours where periods are hours.',
    ),
  to: timeParameter
    .optional()
    .describe('Orders created before this time, to the end of its period. Now, by default.'),
  by: z.enum(STATISTICS_PERIODS).default('day').describe('What a period is: an hour or a day in UTC.'),
});

export type OrderStatisticsQuery = z.output<typeof orderStatisticsQuerySchema>;

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
