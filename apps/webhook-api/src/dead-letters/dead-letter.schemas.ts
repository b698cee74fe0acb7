import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { pagingParameters, timeParameter } from '#libs/platform';

const MAX_IDS = 1_000;

export const deadLetterListSchema = z.strictObject(pagingParameters);

export const deadLetterSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    position: z.string().describe('`<topic>/<partition>@<offset>`'),
    replayId: z.uuid().optional(),
    lane: z.string().describe('What is held up by it: the stream, with `ordering: stream`.'),
    attempts: z.int(),
    lastError: z.string().optional(),
    parkedAt: timestampSchema,
    heldBehind: z.int().describe('Deliveries of its lane that wait behind it.'),
  })
  .meta({ id: 'WebhookDeadLetter' });

/** What the page tokens hold: where the next page begins. */
export const deadLetterPageEndSchema = z.object({
  parkedAt: z.iso.datetime(),
  feedId: z.uuid(),
  topic: z.string(),
  partition: z.int(),
  lane: z.string(),
});

export const deadLetterSelectionSchema = z
  .union([
    z.strictObject({ ids: z.array(z.uuid()).min(1).max(MAX_IDS).describe('Event ids.') }),
    z.strictObject({
      from: timeParameter.describe('Dead letters since then'),
      to: timeParameter.optional().describe('and until then; until now when absent.'),
    }),
    z.strictObject({ all: z.literal(true) }),
  ])
  .meta({ id: 'WebhookDeadLetterSelection', example: { all: true } });

export const releasedSchema = z
  .object({ count: z.int().describe('How many of those selected were dead letters.') })
  .meta({ id: 'ReleasedWebhookDeadLetters' });

export type DeadLetterListQuery = z.output<typeof deadLetterListSchema>;
export type DeadLetterDocument = z.output<typeof deadLetterSchema>;
export type DeadLetterSelectionBody = z.output<typeof deadLetterSelectionSchema>;
export type ReleasedDocument = z.output<typeof releasedSchema>;
