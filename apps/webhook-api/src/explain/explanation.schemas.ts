import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { formatPosition, parsePosition, POSITION_PATTERN, type RecordedEvent } from '#libs/kernel';
import { EXPLAINED_OUTCOMES, type Explanation } from '#libs/webhook-delivery/core';
import { DISABLED_REASONS } from '#libs/webhooks';

const MAX_POSITION_LENGTH = 300;

export const explainQuerySchema = z
  .strictObject({
    eventId: z.uuid().optional().describe('Of the event. Searches the log, within bounds.'),
    position: z
      .string()
      .max(MAX_POSITION_LENGTH)
      .meta({ description: 'Of the event: `<topic>/<partition>@<offset>`.', pattern: POSITION_PATTERN })
      .optional(),
  })
  .superRefine(({ eventId, position }, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message, input: position });
    if (eventId === undefined && position === undefined) refuse('eventId', 'give it, or `position`');
    if (eventId !== undefined && position !== undefined)
      refuse('position', 'must not be given with `eventId`');
    if (position !== undefined && !parsePosition(position))
      refuse('position', 'must be a position such as orders/3@17');
  });

const positionText = z.string().describe('`<topic>/<partition>@<offset>`');
/** Described as any value, because some client generators fail on a list of types. */
const filterValue = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .meta({ description: 'A string, number, boolean or null.', anyOf: undefined });

const behindSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    position: positionText,
    attempts: z.int(),
    lastError: z.string().optional(),
    nextAttemptAt: timestampSchema.optional().describe('Absent for a dead letter.'),
    parkedAt: timestampSchema.optional().describe('When it became a dead letter.'),
  })
  .describe('`blocked`, `pending`, `paused`: the first event of its lane, for which it waits.');

const conditionSchema = z
  .object({
    field: z.string(),
    expected: z.array(filterValue),
    found: filterValue
      .optional()
      .describe('Absent for a list or an object, which no condition matches. A long text is cut.'),
  })
  .describe('`filtered`: the first condition that the event does not meet.');

export const explanationSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    position: positionText,
    outcome: z.enum(EXPLAINED_OUTCOMES),
    reason: z.string().describe('For people. The wording may change.'),
    deliveredAt: timestampSchema
      .optional()
      .describe('`delivered`: start of the attempt that succeeded, if the delivery log still has it.'),
    attempt: z.int().optional().describe('`delivered`: its number, likewise.'),
    statusCode: z.int().optional().describe('`delivered`: its answer, likewise.'),
    attempts: z
      .int()
      .optional()
      .describe('`retrying`, `parked`, `skipped`, `paused`, `pending`: attempts made, if any.'),
    lastError: z.string().optional().describe('Why the last of them failed.'),
    failingSince: timestampSchema.optional().describe('First failure since the last success in its lane.'),
    nextAttemptAt: timestampSchema.optional().describe('`retrying`: when it is tried again.'),
    parkedAt: timestampSchema.optional().describe('`parked`: when it became a dead letter.'),
    behind: behindSchema.optional(),
    by: z
      .enum(['operator', 'policy', 'pause', 'disabling'])
      .optional()
      .describe(
        '`skipped`: by an operator, or by `onExhausted: skip`. `paused`: by a pause, or by disabling.',
      ),
    skippedAt: timestampSchema.optional().describe('`skipped`: since when.'),
    since: timestampSchema.optional().describe('`paused`: since when.'),
    disabledReason: z.enum(DISABLED_REASONS).optional().describe('`paused` by disabling: why.'),
    condition: conditionSchema.optional(),
    eventTypes: z
      .array(z.string())
      .optional()
      .describe('`not-subscribed`: what the subscription asked for at the position of the event.'),
    start: positionText
      .optional()
      .describe('`before-start`: where the subscription starts in this partition.'),
    replays: z
      .array(z.uuid())
      .optional()
      .describe(
        'Replays of the subscription that delivered the event too, if the delivery log still has them.',
      ),
  })
  .meta({ id: 'WebhookExplanation' });

export type ExplainQuery = z.output<typeof explainQuerySchema>;
export type ExplanationDocument = z.output<typeof explanationSchema>;

export const explanationDocument = (
  { type, metadata, position }: RecordedEvent,
  explanation: Explanation,
  replays: readonly string[],
): ExplanationDocument => ({
  eventId: metadata.eventId,
  eventType: type,
  position: formatPosition(position),
  ...(explanation as Omit<ExplanationDocument, 'eventId' | 'eventType' | 'position'>),
  ...(replays.length > 0 && { replays: [...replays] }),
});
