import { z } from 'zod';
import { storableText, TENANT_EVENT_TOPICS, TENANT_EVENT_TYPES } from '#libs/contracts';
import { eventTypesParameter } from '#libs/event-streaming/http';
import { integerParameter, timeParameter } from '#libs/platform';
import { logRecordSchema } from './log-record.schemas.js';

const MAX_OFFSET = 999_999_999_999_999;
export const MAX_RECORDS = 200;

export const logPartitionParametersSchema = z.strictObject({
  topic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be the name of a topic'),
  partition: integerParameter(0, 999_999, 'The number of the partition.'),
});

export const logRecordParametersSchema = logPartitionParametersSchema.extend({
  offset: integerParameter(0, MAX_OFFSET, 'The offset of the record.'),
});

export const logPageQuerySchema = z
  .strictObject({
    offset: integerParameter(
      0,
      MAX_OFFSET,
      'Where to begin: with this record forward, or with the one before it backward.',
    ).optional(),
    time: timeParameter
      .optional()
      .describe(
        'Where to begin: with the first record that was appended at this time or later. Not together with `offset`.',
      ),
    limit: integerParameter(1, MAX_RECORDS, 'Most records; fewer if they are large.').default(50),
    direction: z
      .enum(['forward', 'backward'])
      .optional()
      .describe(
        'Default: `forward`; without `offset` and `time` the newest records, `backward` from the end.',
      ),
  })
  .refine(({ offset, time }) => offset === undefined || time === undefined, {
    path: ['time'],
    error: 'must not be sent together with offset',
  });

const partitionSchema = z.object({
  partition: z.int().min(0),
  beginOffset: z.int().min(0).describe('Of the first record that the log still has.'),
  endOffset: z.int().min(0).describe('Of the next record.'),
});

export const logTopicsSchema = z
  .object({
    items: z.array(
      z.object({
        topic: z.string(),
        partitions: z.array(partitionSchema).describe('None if the topic does not exist.'),
      }),
    ),
  })
  .meta({ id: 'LogTopics' });

export const logPageSchema = z
  .object({
    topic: z.string(),
    ...partitionSchema.shape,
    items: z.array(logRecordSchema).describe('Oldest first, at most 1 MB of them.'),
    olderOffset: z
      .int()
      .optional()
      .describe('`offset` for the records before, `backward`. Absent at the beginning.'),
    newerOffset: z
      .int()
      .optional()
      .describe('`offset` for the records behind, `forward`. Absent at the end.'),
  })
  .meta({ id: 'LogPage' });

const topicList = z
  .string()
  .max(1_000)
  .optional()
  .transform((text) => text?.split(',').map((name) => name.trim()) ?? TENANT_EVENT_TOPICS)
  .refine((names) => names.every((name) => TENANT_EVENT_TOPICS.includes(name)), {
    error: `must be topics of ${TENANT_EVENT_TOPICS.join(', ')}`,
  })
  .meta({
    description: 'Topics separated by commas; default: all but `audit`.',
    maxLength: undefined,
    type: 'array',
    items: { type: 'string', enum: [...TENANT_EVENT_TOPICS] },
  });

export const logStreamQuerySchema = z.strictObject({
  topics: topicList,
  eventTypes: eventTypesParameter(
    TENANT_EVENT_TYPES,
    '`order.updated` (every event of an order but the first), or `*`, which leaves out `webhook…` and `process…`. Default: all.',
  ),
  tenant: storableText(1, 63).optional().describe('Only events of this tenant.'),
});

export type LogPartitionParameters = z.output<typeof logPartitionParametersSchema>;
export type LogRecordParameters = z.output<typeof logRecordParametersSchema>;
export type LogPageQuery = z.output<typeof logPageQuerySchema>;
export type LogTopicsDocument = z.output<typeof logTopicsSchema>;
export type LogPageDocument = z.output<typeof logPageSchema>;
export type LogStreamQuery = z.output<typeof logStreamQuerySchema>;
