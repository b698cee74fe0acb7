import { z } from 'zod';
import { patternOfTexts, TENANT_EVENT_TYPES, timestampSchema } from '#libs/contracts';
import { ATTEMPT_FAILURES } from '#libs/webhook-delivery/core';
import {
  DELIVERY_STATUSES,
  type DeliveryAttempt,
  type LoggedDelivery,
} from '#libs/webhook-delivery/postgres';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters, timeParameter } from '#libs/platform';
import { formatInstant, formatPosition, withoutNulls } from '#libs/kernel';

const CODE = /^(?:[1-9]\d\d|none)$/;

const codeParameter = z
  .string()
  .regex(CODE, 'must be a status code from 100 to 999, or none')
  .transform((text) => (text === 'none' ? text : Number(text)))
  .meta({ pattern: CODE.source });

const eventTypeParameter = z
  .string()
  .refine((text) => TENANT_EVENT_TYPES.includes(text), 'there is no such event type')
  .meta({ pattern: patternOfTexts(TENANT_EVENT_TYPES) });

export const deliveryListSchema = z
  .strictObject({
    ...pagingParameters,
    status: z.enum(DELIVERY_STATUSES).optional(),
    code: codeParameter
      .optional()
      .describe('Status code that the last attempt got, or `none` if it got no answer.'),
    eventType: eventTypeParameter.optional().describe('Exactly this event type.'),
    eventId: z.uuid().optional(),
    orderId: z
      .uuid()
      .optional()
      .describe("Deliveries of the order's own events. An order that does not exist has none."),
    from: timeParameter.optional().describe('Last attempt at this time or later.'),
    to: timeParameter.optional().describe('Last attempt before this time.'),
  })
  .superRefine(inTimeOrder('from', 'to'));

export const attemptSchema = z.object({
  attempt: z
    .int()
    .min(1)
    .describe('As in `orderstream-attempt`. Starts again at 1 when a dead letter is redriven.'),
  time: timestampSchema,
  durationMs: z.int(),
  statusCode: z.int().optional(),
  error: z
    .string()
    .optional()
    .describe(
      `Why it failed: ${ATTEMPT_FAILURES.map((reason) => `\`${reason}\``).join(', ')}; \`cut-short\` if the dispatcher stopped during the attempt.`,
    ),
  answer: z.string().optional().describe('The first KiB of the response body.'),
});

export const deliverySchema = z
  .object({
    eventId: z.uuid().describe('The id of the first event in a batch.'),
    eventType: z.string(),
    position: z.string().describe('`<topic>/<partition>@<offset>`'),
    events: z.int().describe('Number of events in the request; more than 1 only in batch mode.'),
    replayId: z.uuid().optional(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.array(attemptSchema),
  })
  .meta({ id: 'WebhookDelivery' });

export const deliveryPages = new PageTokens({ startedAt: pageEndTime, attemptId: z.uuid() });

export const deliveryPageEnd = ({ startedAt, attemptId }: LoggedDelivery['last']) => ({
  startedAt: formatInstant(startedAt),
  attemptId,
});

export type DeliveryListQuery = z.output<typeof deliveryListSchema>;
export type DeliveryDocument = z.output<typeof deliverySchema>;

export const deliveryDocument = ({ attempts, ...delivery }: LoggedDelivery): DeliveryDocument =>
  withoutNulls({
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    position: formatPosition(delivery),
    events: delivery.events,
    replayId: delivery.replayId,
    status: delivery.status,
    attempts: attempts.map(attemptDocument),
  }) as DeliveryDocument;

export const attemptDocument = (attempt: DeliveryAttempt) => ({
  attempt: attempt.attempt,
  time: attempt.startedAt.toISOString(),
  durationMs: attempt.durationMs,
  statusCode: attempt.statusCode,
  error: attempt.outcome === 'cut-short' ? 'cut-short' : attempt.reason,
  answer: attempt.answer,
});
