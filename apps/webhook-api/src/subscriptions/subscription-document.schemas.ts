import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import {
  DISABLED_REASONS,
  type EventFilter,
  EXHAUSTION_POLICIES,
  FORMATS,
  type LiveSubscription,
  ORDERINGS,
  PAYLOADS,
  SUBSCRIPTION_STATUSES,
} from '#libs/webhooks';
import { shownFilterSchema } from './event-filter.schema.js';

/** A subscription as it is shown: without its secret, and without the values of its extra headers. */
export const subscriptionSchema = z
  .object({
    subscriptionId: z.uuid(),
    version: z.int().min(1).describe('Number of events of the subscription so far; also its ETag.'),
    callbackUrl: z
      .string()
      .describe(
        'Ends in `?…` where it has a query, which is not shown. Sent back like that, it stays as it is.',
      ),
    eventTypes: z.array(z.string()),
    status: z.enum(SUBSCRIPTION_STATUSES).exclude(['deleted']),
    disabledReason: z
      .enum(DISABLED_REASONS)
      .optional()
      .describe('`gone`: the endpoint answered 410. `failing`: for days nothing succeeded.'),
    ordering: z.enum(ORDERINGS),
    onExhausted: z.enum(EXHAUSTION_POLICIES),
    startFrom: z.union([
      z.enum(['now', 'beginning']),
      z.object({ time: timestampSchema }),
      z.object({ positions: z.array(z.string()) }),
    ]),
    filter: shownFilterSchema.optional(),
    payload: z.enum(PAYLOADS),
    format: z.enum(FORMATS),
    batch: z.object({ maxEvents: z.int(), maxWaitMs: z.int() }).optional(),
    rateLimit: z.int().optional(),
    retry: z.object({
      maxAttempts: z.int(),
      initialDelayMs: z.int(),
      maxDelayMs: z.int(),
      timeoutMs: z.int(),
    }),
    headerNames: z
      .array(z.string())
      .optional()
      .describe('Of the fixed extra headers; their values are not shown.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'WebhookSubscription' });

const secret = z.string().describe('What deliveries are signed with. Keep it to yourself.');

/** After a rotation. */
const expiringSecrets = z
  .array(z.object({ secret: z.string(), expiresAt: timestampSchema }))
  .optional()
  .describe('What deliveries are signed with too, until then.');

export const subscriptionWithSecretSchema = subscriptionSchema
  .extend({ secret, expiringSecrets })
  .meta({ id: 'WebhookSubscriptionWithSecret' });

export const revealedSubscriptionSchema = z
  .object({
    secret,
    expiringSecrets,
    callbackUrl: z.string().optional().describe('With its query, if it has one.'),
  })
  .meta({ id: 'WebhookSubscriptionSecret' });

export const sentTestSchema = z
  .object({ eventId: z.uuid().describe('The `webhook-id` of the delivery to come.') })
  .meta({ id: 'SentWebhookTest' });

export const subscriptionListSchema = z.strictObject(pagingParameters);

/** What the page tokens hold: where the next page begins. */
export const subscriptionPages = new PageTokens({ createdAt: pageEndTime, subscriptionId: z.uuid() });

export type SubscriptionListQuery = z.output<typeof subscriptionListSchema>;
type Shown = z.output<typeof subscriptionSchema>;
/** As the schema says, from what cannot be changed. */
export type SubscriptionDocument = Omit<Shown, 'eventTypes' | 'startFrom' | 'filter'> &
  Pick<LiveSubscription, 'eventTypes' | 'startFrom'> & { readonly filter?: EventFilter };
export type RevealedSubscription = z.output<typeof revealedSubscriptionSchema>;
export type SubscriptionSecret = Omit<RevealedSubscription, 'callbackUrl'>;
export type SubscriptionWithSecret = SubscriptionDocument & SubscriptionSecret;
export type SentTest = z.output<typeof sentTestSchema>;
