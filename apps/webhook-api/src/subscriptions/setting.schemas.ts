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
} from '#libs/webhooks';
import { eventFilterSchema } from './event-filter.schema.js';
import { extraHeadersSchema } from './extra-headers.schema.js';

const MAX_EVENT_TYPES = 100;

const eventType = z
  .string()
  .max(200)
  .refine(isEventTypePattern, 'there is no such event type')
  .meta({
    description:
      'The name of an event type, `<prefix>.*`, `order.updated` (every event of an order but the first), or `*`, which ' +
      'leaves out `webhook…`.',
    pattern: patternOfTexts(EVENT_TYPE_PATTERNS),
  });

const retryNumber = (name: keyof RetryPolicy, description: string) =>
  z.int().min(RETRY_BOUNDS[name].min).max(RETRY_BOUNDS[name].max).describe(description);

export const retryNumbers = {
  maxAttempts: retryNumber('maxAttempts', 'Tries of one delivery in all; then it is a dead letter.'),
  initialDelayMs: retryNumber(
    'initialDelayMs',
    'Wait before the second attempt. Doubles with each further one; up to a quarter is added by chance.',
  ),
  maxDelayMs: retryNumber(
    'maxDelayMs',
    'The wait doubles up to this. Up to a quarter is added by chance, and more if the endpoint asks for it by `Retry-After`.',
  ),
  timeoutMs: retryNumber('timeoutMs', 'Within this time the endpoint must have answered.'),
};

export const batchSchema = z
  .strictObject({
    maxEvents: z.int().min(1).max(1_000).describe('Most events in a request.'),
    maxWaitMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe('So long a request waits for more events, when there are none just now.'),
  })
  .meta({ id: 'BatchMode' });

/** What a subscription can be made with, and changed: all but `retry`, whose numbers have defaults in the one case only. */
export const settingSchemas = {
  callbackUrl: storableText(1, MAX_CALLBACK_URL_LENGTH).meta({
    description:
      'Where events are posted to: https, and reachable from the Internet. Its query is kept encrypted and shown as `?…`. ' +
      'Hosts and paths may be in any script.',
    // Not the format `uri`, which is ASCII alone.
    pattern: '^https?://',
  }),
  eventTypes: z.array(eventType).min(1).max(MAX_EVENT_TYPES),
  /** One, in the place of a list. */
  eventType,
  ordering: z
    .enum(ORDERINGS)
    .describe(
      'What arrives strictly in order: the events of one `stream`, different ones side by side; all events of a ' +
        '`partition` of the log; or `none`.',
    ),
  onExhausted: z
    .enum(EXHAUSTION_POLICIES)
    .describe(
      'A delivery that runs out of tries becomes a dead letter. `park`: later ones of its lane are held back until it is ' +
        'redriven or skipped. `skip`: they go on.',
    ),
  filter: eventFilterSchema,
  payload: z.enum(PAYLOADS).describe('`full`, or `thin`: ids, and a link to fetch the rest.'),
  format: z.enum(FORMATS).describe('`native`, or `cloudevents` (1.0).'),
  batch: batchSchema
    .nullable()
    .describe('Consecutive events of one partition in one request, all or nothing; `null` for one each.'),
  rateLimit: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .describe('Most requests in a second; `null` for no limit.'),
  headers: extraHeadersSchema,
};
