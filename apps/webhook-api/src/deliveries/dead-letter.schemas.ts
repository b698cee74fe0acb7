import { z } from 'zod';
import { TENANT_EVENT_TOPICS, storableText, timestampSchema } from '#libs/contracts';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters, timeParameter } from '#libs/platform';

const MAX_IDS = 1_000;
/** The longest lane is a stream id: a tenant and a SKU. */
const MAX_LANE_LENGTH = 200;

export const deadLetterListSchema = z.strictObject(pagingParameters);

export const deadLetterSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    position: z.string().describe('`<topic>/<partition>@<offset>`'),
    replayId: z.uuid().optional(),
    lane: z.string().describe('The lane that it blocks. With `ordering: stream`, the stream.'),
    attempts: z.int(),
    lastError: z.string().optional(),
    parkedAt: timestampSchema,
    heldBehind: z.int().describe('Deliveries parked behind it in the same lane.'),
  })
  .meta({ id: 'WebhookDeadLetter' });

export const deadLetterPages = new PageTokens({
  parkedAt: pageEndTime,
  feedId: z.uuid(),
  topic: z.enum(TENANT_EVENT_TOPICS),
  partition: z.int32().min(0),
  lane: storableText(0, MAX_LANE_LENGTH),
});

export const deadLetterSelectionSchema = z
  .union([
    z.strictObject({ ids: z.array(z.uuid()).min(1).max(MAX_IDS).describe('Event ids.') }),
    z
      .strictObject({
        from: timeParameter.describe('Dead letters parked at this time or later'),
        to: timeParameter.optional().describe('and before this time. Default: now.'),
      })
      .superRefine(inTimeOrder('from', 'to')),
    z.strictObject({ all: z.literal(true) }),
  ])
  .meta({ id: 'WebhookDeadLetterSelection', example: { all: true } });

export const releasedSchema = z
  .object({ count: z.int().describe('How many of the selected deliveries were dead letters.') })
  .meta({ id: 'ReleasedWebhookDeadLetters' });

export type DeadLetterListQuery = z.output<typeof deadLetterListSchema>;
export type DeadLetterDocument = z.output<typeof deadLetterSchema>;
export type DeadLetterSelectionBody = z.output<typeof deadLetterSelectionSchema>;
export type ReleasedDocument = z.output<typeof releasedSchema>;
