import { z } from 'zod';
import { STATISTICS_PERIODS } from '#libs/contracts';
import { timeParameter } from '#libs/platform';

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
