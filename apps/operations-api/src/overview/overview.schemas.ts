import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { DEAD_LETTER_KINDS } from '#libs/operations/core';
import { projectionSchema } from '../projections/projection.schemas.js';

const rates = {
  ordersPerSecond: z
    .number()
    .optional()
    .describe('Absent where the processes that take orders are apps of their own: see their `/metrics`.'),
  eventsPerSecond: z.number().optional().describe('Offsets by which the log grew, over all topics.'),
  appendP99Ms: z
    .number()
    .optional()
    .describe(
      '99 % of the appends of the last minute took no longer. Absent like the orders, or without any.',
    ),
};
const bounded = {
  count: z.int(),
  countIsLowerBound: z.boolean().optional().describe('There are more.'),
};
const countSchema = z.object(bounded);

const overviewPartSchema = z.enum(['projections', 'webhooks', 'counts', 'owners', 'readiness', 'commands']);

const overview = {
  at: timestampSchema,
  ...rates,
  projections: z
    .array(
      projectionSchema.pick({
        name: true,
        lagEvents: true,
        lagMs: true,
        lagMsIsLowerBound: true,
        stoppedPartitions: true,
        rebuild: true,
      }),
    )
    .optional(),
  oldestUndelivered: z
    .object({
      ageMs: z.int(),
      since: timestampSchema.describe('Since when its lane has failed without a success.'),
      subscriptionId: z.uuid(),
      tenant: z.string(),
    })
    .optional()
    .describe('The failing webhook that has waited longest. Absent: none fails.'),
  stuckProcesses: countSchema.optional(),
  paymentsInReview: countSchema.optional(),
  deadLetters: z.array(z.object({ kind: z.enum(DEAD_LETTER_KINDS), ...bounded })).optional(),
  partitions: z
    .object({
      owned: z.int32().describe('Partitions whose commands somebody takes.'),
      owners: z.int32().describe('How many processes do, wherever they run.'),
    })
    .optional(),
  processes: z
    .object({ expected: z.int32(), answering: z.int32() })
    .describe('The processes behind this port. Apps that were started separately are not among them.'),
  readiness: z
    .object({
      status: z.enum(['ok', 'error']),
      parts: z.array(
        z.object({
          name: z.string(),
          status: z.enum(['up', 'down']),
          message: z.string().optional(),
          notices: z.array(z.string()).optional(),
        }),
      ),
    })
    .optional(),
  missing: z
    .array(
      z.object({
        part: overviewPartSchema,
        reason: z.string(),
        isElsewhere: z
          .literal(true)
          .optional()
          .describe('Nothing is wrong: apps that were started separately tell it.'),
      }),
    )
    .describe('What is not told now, and why.'),
};

export const overviewSchema = z
  .object({
    ...overview,
    series: z
      .array(z.object({ at: timestampSchema, ...rates }))
      .describe('A point for each five seconds of the last ten minutes, oldest first.'),
  })
  .meta({ id: 'Overview' });

export type OverviewDocument = z.infer<typeof overviewSchema>;
/** What the stream gives. */
export type OverviewNow = Omit<OverviewDocument, 'series'>;
