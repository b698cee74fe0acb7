import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';
import { pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import {
  DISABLED_REASONS,
  ENDPOINT_WARNINGS,
  type EventFilter,
  EXHAUSTION_POLICIES,
  FORMATS,
  type LiveSubscription,
  ORDERINGS,
  PAYLOADS,
  SUBSCRIPTION_STATUSES,
} from '../index.js';
import { shownFilterSchema } from './event-filter.schema.js';
import { type filterWarnings, filterWarningsSchema } from './filter-warnings.js';

/** A subscription without its secret and the values of its extra headers. */
export const subscriptionSchema = z
  .object({
    subscriptionId: z.uuid(),
    version: z.int().min(1).describe('Number of events of the subscription so far; also its ETag.'),
    callbackUrl: z
      .string()
      .describe(
        'Ends in `?…` if it has a query, which is hidden. Sent back in that form, the URL stays unchanged.',
      ),
    eventTypes: z.array(z.string()),
    status: z.enum(SUBSCRIPTION_STATUSES).exclude(['deleted']),
    disabledReason: z
      .enum(DISABLED_REASONS)
      .optional()
      .describe('`gone`: the endpoint answered 410. `failing`: no delivery succeeded for days.'),
    health: z
      .object({
        warning: z
          .enum(ENDPOINT_WARNINGS)
          .describe(
            '`success-rate`: few attempts succeed. `disabling`: it will be disabled within about a day.',
          ),
        since: timestampSchema,
        disablesAt: timestampSchema.optional(),
      })
      .optional()
      .describe('The present warning about the endpoint. Absent if there is none.'),
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
      .describe('Names of the extra headers. Their values are not shown.'),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'WebhookSubscription' });

const secret = z.string().describe('The current signing secret. Keep it secret.');

/** After a rotation. */
const expiringSecrets = z
  .array(z.object({ secret: z.string(), expiresAt: timestampSchema }))
  .optional()
  .describe('Old secrets that also sign until they expire.');

export const subscriptionWithSecretSchema = subscriptionSchema
  .extend({ secret, expiringSecrets })
  .meta({ id: 'WebhookSubscriptionWithSecret' });

export const createdSubscriptionSchema = subscriptionWithSecretSchema
  .extend({ warnings: filterWarningsSchema })
  .meta({ id: 'CreatedWebhookSubscription' });

export const updatedSubscriptionSchema = subscriptionSchema
  .extend({ warnings: filterWarningsSchema })
  .meta({ id: 'UpdatedWebhookSubscription' });

export const revealedSubscriptionSchema = z
  .object({
    secret,
    expiringSecrets,
    callbackUrl: z.string().optional().describe('The full URL, if it has a query.'),
  })
  .meta({ id: 'WebhookSubscriptionSecret' });

export const sentTestSchema = z
  .object({ eventId: z.uuid().describe('The `webhook-id` of the coming delivery.') })
  .meta({ id: 'SentWebhookTest' });

export const subscriptionListSchema = z.strictObject(pagingParameters);

/** A page token says where the next page begins. */
export const subscriptionPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });

export type SubscriptionListQuery = z.output<typeof subscriptionListSchema>;
type Shown = z.output<typeof subscriptionSchema>;
/** The schema's type, with the read-only types of the domain. */
export type SubscriptionDocument = Omit<Shown, 'eventTypes' | 'startFrom' | 'filter'> &
  Pick<LiveSubscription, 'eventTypes' | 'startFrom'> & { readonly filter?: EventFilter };
export type RevealedSubscription = z.output<typeof revealedSubscriptionSchema>;
export type SubscriptionSecret = Omit<RevealedSubscription, 'callbackUrl'>;
export type SubscriptionWithSecret = SubscriptionDocument & SubscriptionSecret;
type Warned = ReturnType<typeof filterWarnings>;
export type WarnedSubscriptionWithSecret = SubscriptionWithSecret & Warned;
export type WarnedSubscription = SubscriptionDocument & Warned;
export type SentTest = z.output<typeof sentTestSchema>;
