import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { REPLAY_STATES } from '#libs/persistence';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import { type LogPlace, placeSchemas } from '../subscriptions/log-place.js';
import { settingSchemas } from '../subscriptions/setting.schemas.js';

const timeOf = (place: LogPlace) => (typeof place === 'object' && 'time' in place ? place.time : undefined);

export const createReplaySchema = z
  .strictObject({
    from: z
      .union([z.literal('beginning'), ...placeSchemas])
      .describe(
        '`beginning`: all there ever were. `{time}`: all that was appended from then on. `{positions}`: these events and ' +
          'all after them, each in its partition; nothing of other partitions.',
      ),
    to: z
      .union([z.literal('now'), ...placeSchemas])
      .default('now')
      .describe(
        '`now`: up to the end of the log when the request comes in. `{time}`: what was appended before. `{positions}`: ' +
          'what comes before these, each in its partition; other partitions up to now.',
      ),
    eventTypes: settingSchemas.eventTypes
      .optional()
      .describe('Of the event types of the subscription only these; all of them when absent.'),
    callbackUrl: settingSchemas.callbackUrl
      .optional()
      .describe(
        'Where to, if not to the URL of the subscription. To another scheme, host or port the extra headers are not sent. ' +
          'Its query is kept encrypted and shown as `?…`.',
      ),
  })
  .superRefine(({ from, to }, context) =>
    inTimeOrder('from', 'to')({ from: timeOf(from), to: timeOf(to) }, context),
  )
  .meta({ id: 'CreateWebhookReplay', example: { from: { time: '2026-01-31T12:00:00Z' } } });

export const replaySchema = z
  .object({
    replayId: z.uuid().describe('Also the header `orderstream-replay` of its deliveries.'),
    subscriptionId: z.uuid(),
    state: z.enum(REPLAY_STATES),
    eventTypes: z.array(z.string()).optional(),
    callbackUrl: z.string().optional(),
    done: z
      .int()
      .describe('Places in the log that it is through with, whether or not an event there is owed.'),
    total: z.int().describe('Places in the log between its beginning and its end.'),
    rate: z.number().describe('Places in a second, since it was asked for.'),
    createdAt: timestampSchema,
    finishedAt: timestampSchema.optional(),
  })
  .meta({ id: 'WebhookReplay' });

export const replayListSchema = z.strictObject(pagingParameters);

/** What the page tokens hold: where the next page begins. */
export const replayPages = new PageTokens({ createdAt: pageEndTime, replayId: z.uuid() });

export type CreateReplayBody = z.output<typeof createReplaySchema>;
export type ReplayListQuery = z.output<typeof replayListSchema>;
export type ReplayDocument = z.output<typeof replaySchema>;
