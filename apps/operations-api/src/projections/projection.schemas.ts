import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { parsePosition, POSITION_PATTERN } from '#libs/kernel';

const jobTimes = {
  startedAt: timestampSchema.optional(),
  endedAt: timestampSchema.optional(),
};
const jobProgress = {
  done: z.int().describe('Offsets of the log that were read. Not all of them are events.'),
  total: z.int(),
  rate: z.number().optional().describe('Recent offsets per second.'),
  leftMs: z.int().optional().describe('Estimated. Absent until the rate is known.'),
};

export const rebuildSchema = z
  .object({
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    ...jobProgress,
    error: z.string().optional().describe('Why it failed. The live build stays as it was.'),
    ...jobTimes,
  })
  .meta({ id: 'ProjectionRebuild' });

export const verificationSchema = z
  .object({
    state: z
      .enum(['running', 'equal', 'different', 'failed', 'cancelled'])
      .describe('`equal`: each row is what the events of the log lead to.'),
    ...jobProgress,
    events: z.int().optional(),
    rows: z.int().optional().describe('Rows that the events lead to.'),
    differing: z.int().optional().describe('Rows that are missing, different or not expected.'),
    differences: z
      .array(
        z.object({
          kind: z.enum(['missing', 'different', 'unexpected']),
          table: z.string(),
          key: z.record(z.string(), z.string()),
          columns: z.array(z.string()).optional().describe('The columns that differ.'),
        }),
      )
      .optional()
      .describe('The first 20, without values.'),
    obstacles: z
      .array(z.string())
      .optional()
      .describe('Partitions whose rows cannot be told from the log, and why.'),
    error: z.string().optional().describe('Why it failed.'),
    ...jobTimes,
  })
  .meta({ id: 'ProjectionVerification' });

const partitionSchema = z.object({
  topic: z.string(),
  partition: z.int32(),
  nextOffset: z.int(),
  lagEvents: z.int().optional().describe('Offsets that it has not read. Absent while Kafka does not answer.'),
  stopped: z
    .object({
      position: z.string().describe('Of the event that it cannot take, as `<topic>/<partition>@<offset>`.'),
      reason: z.string(),
      since: timestampSchema.optional(),
    })
    .optional(),
});

export const projectionSchema = z
  .object({
    name: z.string(),
    version: z.int32().describe('Of the code that made the live build; 0 if a rebuild was requested.'),
    build: z.int32().describe('Number of the live build.'),
    builtIn: z.boolean().describe('Whether it can be rebuilt and verified here.'),
    lagEvents: z.int().optional().describe('In all partitions.'),
    lagMs: z
      .int()
      .describe('Age of the oldest event that it has not read; 0 if it has read all. Exact to five seconds.'),
    lagMsIsLowerBound: z
      .boolean()
      .optional()
      .describe('It was behind already when this process began to look.'),
    stoppedPartitions: z.int32(),
    partitions: z.array(partitionSchema),
    rebuild: rebuildSchema.optional().describe('The one under way, or the last one that was asked for here.'),
    verification: verificationSchema.pick({ state: true, endedAt: true }).optional(),
  })
  .meta({ id: 'Projection' });

export const projectionListSchema = z
  .object({ items: z.array(projectionSchema) })
  .meta({ id: 'ProjectionList' });

export const retriedSchema = z
  .object({ partitions: z.int32().describe('In how many partitions it had stopped.') })
  .meta({ id: 'RetriedProjection' });

export const skippedSchema = z
  .object({ position: z.string().describe('The event that it leaves out, now and in every rebuild.') })
  .meta({ id: 'SkippedEvent' });

export const skipSchema = z
  .strictObject({
    position: z
      .string()
      .max(300)
      .transform((text, context) => {
        const position = parsePosition(text);
        if (position) return position;
        context.addIssue({ code: 'custom', message: 'must be a position such as orders/3@17' });
        return z.NEVER;
      })
      .meta({
        pattern: POSITION_PATTERN,
        description: 'Where it has stopped: typed by whoever decides, so that no other event is left out.',
      }),
    reason: storableText(1, 500).describe('Why the event is left out. Kept beside it.'),
  })
  .meta({ id: 'SkipEvent', example: { position: 'orders/3@17', reason: 'written by a test' } });

export type RebuildDocument = z.infer<typeof rebuildSchema>;
export type VerificationDocument = z.infer<typeof verificationSchema>;
export type ProjectionDocument = z.infer<typeof projectionSchema>;
export type SkipBody = z.output<typeof skipSchema>;
