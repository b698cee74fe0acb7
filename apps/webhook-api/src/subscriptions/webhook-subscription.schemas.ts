import { z } from 'zod';
import { isEventTypePattern, storableText, timestampSchema } from '#libs/contracts';
import { pagingParameters } from '#libs/platform';
import {
  DEFAULT_RETRY_POLICY,
  isWebhookSecret,
  MAX_CALLBACK_URL_LENGTH,
  RETRY_BOUNDS,
  type RetryPolicy,
  START_POINTS,
  SUBSCRIPTION_STATUSES,
} from '#libs/webhooks';

const MAX_EVENT_TYPES = 100;

const eventTypeSchema = z
  .string()
  .max(200)
  .refine(isEventTypePattern, 'there is no such event type')
  .describe(
    'The name of an event type, `<prefix>.*`, `order.updated` (every event of an order but the first), or `*`.',
  );

const retryNumber = (name: keyof RetryPolicy, description: string) =>
  z
    .int()
    .min(RETRY_BOUNDS[name].min)
    .max(RETRY_BOUNDS[name].max)
    .default(DEFAULT_RETRY_POLICY[name])
    .describe(description);

const retrySchema = z
  .strictObject({
    maxAttempts: retryNumber('maxAttempts', 'Tries of one delivery in all; then it is parked.'),
    initialDelayMs: retryNumber(
      'initialDelayMs',
      'Longest wait before the second try; doubles with each further one.',
    ),
    maxDelayMs: retryNumber(
      'maxDelayMs',
      'Longest wait, unless the endpoint asks for more by `Retry-After`.',
    ),
    timeoutMs: retryNumber('timeoutMs', 'Within this time the endpoint must have answered.'),
  })
  .meta({ id: 'RetryPolicy' });

const ordering = z
  .literal('stream')
  .describe('The events of one stream arrive strictly in order, different streams side by side.');

const onExhausted = z
  .literal('park')
  .describe(
    'A delivery that runs out of tries becomes a dead letter, and later ones of its stream are held back.',
  );

const startFrom = z
  .enum(START_POINTS)
  .describe('`now`: every event acknowledged after the answer. `beginning`: all there ever were.');

export const createSubscriptionSchema = z
  .strictObject({
    callbackUrl: storableText(1, MAX_CALLBACK_URL_LENGTH).describe(
      'Where events are posted to: https, and reachable from the Internet.',
    ),
    eventTypes: z.array(eventTypeSchema).min(1).max(MAX_EVENT_TYPES).optional(),
    eventType: eventTypeSchema.optional(),
    secret: z
      .string()
      .refine(isWebhookSecret, 'must be whsec_ and the base64 of 24 to 64 bytes')
      .optional()
      .describe('What deliveries are signed with, as in Standard Webhooks; made when absent.'),
    ordering: ordering.default('stream'),
    onExhausted: onExhausted.default('park'),
    startFrom: startFrom.default('now'),
    retry: retrySchema.default(DEFAULT_RETRY_POLICY),
  })
  .superRefine(({ eventTypes, eventType }, context) => {
    const given = [eventTypes, eventType].filter((value) => value !== undefined);
    const message =
      given.length > 1 ? 'name the event types here or in eventType, not in both' : 'at least one is needed';
    if (given.length !== 1) context.addIssue({ code: 'custom', path: ['eventTypes'], message });
  })
  .meta({
    id: 'CreateWebhookSubscription',
    example: { callbackUrl: 'https://example.com/orderstream', eventTypes: ['order.*'] },
  });

/** A subscription as it is shown: without its secret. */
export const subscriptionSchema = z
  .object({
    subscriptionId: z.uuid(),
    callbackUrl: z.string(),
    eventTypes: z.array(z.string()),
    status: z.enum(SUBSCRIPTION_STATUSES).exclude(['deleted']),
    ordering,
    onExhausted,
    startFrom,
    retry: z.object({
      maxAttempts: z.int(),
      initialDelayMs: z.int(),
      maxDelayMs: z.int(),
      timeoutMs: z.int(),
    }),
    createdAt: timestampSchema,
  })
  .meta({ id: 'WebhookSubscription' });

const secret = z.string().describe('What deliveries are signed with. Keep it to yourself.');

export const createdSubscriptionSchema = subscriptionSchema
  .extend({ secret })
  .meta({ id: 'CreatedWebhookSubscription' });

export const subscriptionSecretSchema = z.object({ secret }).meta({ id: 'WebhookSubscriptionSecret' });

export const subscriptionListSchema = z.strictObject(pagingParameters);

/** What the page tokens hold: where the next page begins. */
export const subscriptionPageEndSchema = z.object({ createdAt: z.iso.datetime(), subscriptionId: z.uuid() });

export type CreateSubscriptionBody = z.output<typeof createSubscriptionSchema>;
export type SubscriptionListQuery = z.output<typeof subscriptionListSchema>;
export type SubscriptionDocument = z.output<typeof subscriptionSchema>;
export type CreatedSubscriptionDocument = z.output<typeof createdSubscriptionSchema>;
