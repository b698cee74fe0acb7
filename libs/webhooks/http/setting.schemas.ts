import { z } from 'zod';
import { EVENT_TYPE_PATTERNS, isEventTypePattern, patternOfTexts, storableText } from '#libs/contracts';
import {
  EXHAUSTION_POLICIES,
  FORMATS,
  MAX_CALLBACK_URL_LENGTH,
  ORDERINGS,
  PAYLOADS,
  RETRY_BOUNDS,
  type RetryPolicy,
} from '../index.js';
import { eventFilterSchema } from './event-filter.schema.js';
import { extraHeadersSchema } from './extra-headers.schema.js';

const MAX_EVENT_TYPES = 100;

const eventType = z
  .string()
  .max(200)
  .refine(isEventTypePattern, 'there is no such event type')
  .meta({
    description:
      'An event type, `<prefix>.*`, `order.updated` (every event of an order except the first), or `*` (everything ' +
      'except `webhook…`).',
    pattern: patternOfTexts(EVENT_TYPE_PATTERNS),
  });

const retryNumber = (name: keyof RetryPolicy, description: string) =>
  z.int().min(RETRY_BOUNDS[name].min).max(RETRY_BOUNDS[name].max).describe(description);

export const retryNumbers = {
  maxAttempts: retryNumber('maxAttempts', 'Attempts before a delivery becomes a dead letter.'),
  initialDelayMs: retryNumber(
    'initialDelayMs',
    'Delay before the second attempt. It doubles with each further attempt; random jitter adds up to a quarter.',
  ),
  maxDelayMs: retryNumber(
    'maxDelayMs',
    'Upper limit of the delay, before jitter of up to a quarter. `Retry-After` may lengthen it.',
  ),
  timeoutMs: retryNumber('timeoutMs', 'How long the endpoint may take to answer.'),
};

export const batchSchema = z
  .strictObject({
    maxEvents: z.int().min(1).max(1_000).describe('Maximum number of events in one request.'),
    maxWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe('How long a request waits for more events if none are ready.'),
  })
  .meta({ id: 'BatchMode' });

/** The settings for creating and changing a subscription. `retry` is apart: its numbers have defaults only on creation. */
export const settingSchemas = {
  callbackUrl: storableText(1, MAX_CALLBACK_URL_LENGTH).meta({
    description:
      'Where events are posted: an https URL reachable from the Internet. Its query is stored encrypted and shown as ' +
      '`?…`. Host and path may use any script.',
    // The format `uri` would allow ASCII only.
    pattern: '^https?://',
  }),
  eventTypes: z.array(eventType).min(1).max(MAX_EVENT_TYPES),
  /** A single type in place of a list. */
  eventType,
  ordering: z
    .enum(ORDERINGS)
    .describe(
      'What arrives strictly in order: the events of each `stream`, with different streams in parallel; all events of ' +
        'each `partition` of the log; or `none`.',
    ),
  onExhausted: z
    .enum(EXHAUSTION_POLICIES)
    .describe(
      'What happens to a lane when a delivery runs out of attempts and becomes a dead letter. `park`: later deliveries ' +
        'wait until it is redriven or skipped. `skip`: they continue.',
    ),
  filter: eventFilterSchema,
  payload: z.enum(PAYLOADS).describe('`full`, or `thin`: ids and a link to the full data.'),
  format: z.enum(FORMATS).describe('`native`, or `cloudevents` (1.0).'),
  batch: batchSchema
    .nullable()
    .describe(
      'Sends consecutive events of one partition in one request, which succeeds or fails as a whole. `null`: one event per request.',
    ),
  rateLimit: z.int().min(1).max(10_000).nullable().describe('Maximum requests per second. `null`: no limit.'),
  headers: extraHeadersSchema,
};
