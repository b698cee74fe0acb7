import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { ATTEMPT_FAILURES } from '#libs/dispatching';
import { DELIVERY_STATUSES } from '#libs/persistence';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters, timeParameter } from '#libs/platform';

export const deliveryListSchema = z
  .strictObject({
    ...pagingParameters,
    status: z.enum(DELIVERY_STATUSES).optional(),
    from: timeParameter.optional().describe('Of the last attempt: then or later.'),
    to: timeParameter.optional().describe('Of the last attempt: before.'),
  })
  .superRefine(inTimeOrder('from', 'to'));

const attemptSchema = z.object({
  attempt: z
    .int()
    .min(1)
    .describe('As in `orderstream-attempt`. Begins anew when a dead letter is redriven.'),
  time: timestampSchema,
  durationMs: z.int(),
  statusCode: z.int().optional(),
  error: z
    .string()
    .optional()
    .describe(
      `Why it failed: ${ATTEMPT_FAILURES.map((reason) => `\`${reason}\``).join(', ')}; \`cut-short\` when we stopped in between.`,
    ),
  answer: z.string().optional().describe('What was answered: the first KiB.'),
});

export const deliverySchema = z
  .object({
    eventId: z.uuid().describe('Of the first event, where there are several.'),
    eventType: z.string(),
    position: z.string().describe('`<topic>/<partition>@<offset>`'),
    events: z.int().describe('How many one request had: more than 1 in batch mode.'),
    replayId: z.uuid().optional(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.array(attemptSchema),
  })
  .meta({ id: 'WebhookDelivery' });

/** What the page tokens hold: where the next page begins. */
export const deliveryPages = new PageTokens({ startedAt: pageEndTime, attemptId: z.uuid() });

export type DeliveryListQuery = z.output<typeof deliveryListSchema>;
export type DeliveryDocument = z.output<typeof deliverySchema>;
