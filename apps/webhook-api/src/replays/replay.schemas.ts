import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { type Replay, REPLAY_STATES } from '#libs/webhook-delivery/postgres';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import { withoutNulls } from '#libs/kernel';
import { type LogPlace, placeSchemas, settingSchemas } from '#libs/webhooks/http';
import { shownUrl } from '../subscriptions/subscription-document.js';

const timeOf = (place: LogPlace) => (typeof place === 'object' && 'time' in place ? place.time : undefined);

export const createReplaySchema = z
  .strictObject({
    from: z
      .union([z.literal('beginning'), ...placeSchemas])
      .describe(
        '`beginning`: all events. `{time}`: all events appended at this time or later. `{positions}`: these events and all ' +
          'later ones in the same partitions; none from other partitions.',
      ),
    to: z
      .union([z.literal('now'), ...placeSchemas])
      .default('now')
      .describe(
        '`now`: up to the end of the log when the request arrives. `{time}`: events appended before this time. ' +
          '`{positions}`: events before these positions; other partitions up to now.',
      ),
    eventTypes: settingSchemas.eventTypes
      .optional()
      .describe("Replays only these of the subscription's event types. Default: all of them."),
    callbackUrl: settingSchemas.callbackUrl
      .optional()
      .describe(
        'Default: the URL of the subscription. Extra headers are not sent to a different scheme, host or port. ' +
          'The query is stored encrypted and shown as `?…`.',
      ),
  })
  .superRefine(({ from, to }, context) =>
    inTimeOrder('from', 'to')({ from: timeOf(from), to: timeOf(to) }, context),
  )
  .meta({ id: 'CreateWebhookReplay', example: { from: { time: '2026-01-31T12:00:00Z' } } });

export const replaySchema = z
  .object({
    replayId: z.uuid().describe('Sent as the header `orderstream-replay` with each of its deliveries.'),
    subscriptionId: z.uuid(),
    state: z.enum(REPLAY_STATES),
    eventTypes: z.array(z.string()).optional(),
    callbackUrl: z.string().optional(),
    done: z
      .int()
      .describe('Offsets that are finished, whether or not they hold an event this replay delivers.'),
    total: z.int().describe('Offsets between its start and its end.'),
    rate: z.number().describe('Offsets finished per second since the request.'),
    createdAt: timestampSchema,
    finishedAt: timestampSchema.optional(),
  })
  .meta({ id: 'WebhookReplay' });

export const replayListSchema = z.strictObject(pagingParameters);

export const replayPages = new PageTokens({ createdAt: pageEndTime, replayId: z.uuid() });

export type CreateReplayBody = z.output<typeof createReplaySchema>;
export type ReplayListQuery = z.output<typeof replayListSchema>;
export type ReplayDocument = z.output<typeof replaySchema>;

export function replayDocument(found: Replay): ReplayDocument {
  const { askedAt, createdAt, finishedAt, callbackUrl, callbackQuery, ...replay } = found;
  const seconds = ((finishedAt ?? askedAt).getTime() - createdAt.getTime()) / 1_000;
  return withoutNulls({
    ...replay,
    callbackUrl: callbackUrl && shownUrl({ callbackUrl, callbackQuery }),
    // A replay that has just begun has no rate yet.
    rate: seconds > 0 ? Math.round((10 * replay.done) / seconds) / 10 : 0,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }) as ReplayDocument;
}
