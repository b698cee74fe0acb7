import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import {
  type DeliverySummary,
  TALLY_PERIODS,
  type TallyPeriod,
  type TallyRange,
} from '#libs/webhook-delivery/core';

export const tallyPeriodParameter = z
  .enum(TALLY_PERIODS)
  .default('1h')
  .describe('The hour, day or week up to now, in steps of 1 minute, 30 minutes or 3 hours.');

const count = z.int().min(0);

/** The numbers that a list of subscriptions shows as well. */
export const deliveryHealthShape = {
  attempts: count.describe(
    'Attempts of live delivery, some seconds late. Replays and attempts that we cut short do not count.',
  ),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of the attempts that got an answer of 2xx. Absent without attempts.'),
  buckets: z
    .array(z.object({ from: timestampSchema, delivered: count, failed: count }))
    .describe('Attempts by step, oldest first. The last step is not over yet.'),
  oldestUndeliveredAt: timestampSchema
    .optional()
    .describe('Since when the lane has failed that has failed longest. Absent if none fails.'),
  deadLetters: count.describe('Dead letters, of replays too. At most 10,000 are counted.'),
  lagEvents: count
    .optional()
    .describe(
      'Offsets between its cursors and the ends of the topics it receives events of, whether or not they hold one for it. ' +
        'Absent while the event log does not answer.',
    ),
};

const quantile = z.int().min(0);

export const deliveryMetricsSchema = z
  .object({
    period: z.enum(TALLY_PERIODS),
    from: timestampSchema,
    to: timestampSchema,
    ...deliveryHealthShape,
    delivered: count,
    failed: count,
    latencyMs: z
      .object({ p50: quantile, p95: quantile, p99: quantile })
      .optional()
      .describe(
        'How long attempts took. From a histogram: each is at most a fifth off. Absent without attempts.',
      ),
    statusCodes: z
      .array(z.object({ code: z.int().optional().describe('Absent for no answer.'), count }))
      .describe('Attempts by status code, most frequent first.'),
  })
  .meta({ id: 'WebhookMetrics' });

export type DeliveryMetricsDocument = z.output<typeof deliveryMetricsSchema>;

interface ShownMetrics extends DeliverySummary {
  readonly oldestUndeliveredAt: Date | null;
  readonly deadLetters: number;
  readonly lagEvents: number | undefined;
}

const timeOf = (time: number): string => new Date(time).toISOString();

/** The part of the metrics that lists show. */
export const deliveryHealth = ({
  attempts,
  successRate,
  buckets,
  oldestUndeliveredAt,
  deadLetters,
  lagEvents,
}: ShownMetrics) => ({
  attempts,
  ...(successRate !== null && { successRate }),
  buckets: buckets.map(({ from, ...counts }) => ({ from: timeOf(from), ...counts })),
  ...(oldestUndeliveredAt && { oldestUndeliveredAt: oldestUndeliveredAt.toISOString() }),
  deadLetters,
  ...(lagEvents !== undefined && { lagEvents }),
});

export function deliveryMetrics(
  period: TallyPeriod,
  { from, to }: TallyRange,
  metrics: ShownMetrics,
): DeliveryMetricsDocument {
  const { delivered, failed, latencyMs, statusCodes } = metrics;
  return {
    period,
    from: timeOf(from),
    to: timeOf(to),
    ...deliveryHealth(metrics),
    delivered,
    failed,
    ...(latencyMs && { latencyMs }),
    statusCodes: statusCodes.map(({ code, count: number }) => ({
      ...(code !== null && { code }),
      count: number,
    })),
  };
}
