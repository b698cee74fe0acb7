import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { integerParameter, pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import {
  SUBSCRIPTION_HEALTHS,
  type SubscriptionHealth,
  type SubscriptionMetrics,
  type WatchedSubscription,
} from '#libs/webhook-delivery/postgres';
import { splitCallbackUrl, SUBSCRIPTION_STATUSES } from '#libs/webhooks';
import { deliveryHealth, deliveryHealthShape, tallyPeriodParameter } from '#libs/webhooks/http';

const statusSchema = z.enum(SUBSCRIPTION_STATUSES).exclude(['deleted']);

export const watchedListSchema = z.strictObject({
  ...pagingParameters,
  limit: integerParameter(1, 100, 'Most items in a page.').default(50),
  tenant: storableText(1, 64).optional(),
  status: statusSchema.optional(),
  health: z
    .enum(SUBSCRIPTION_HEALTHS)
    .optional()
    .describe(
      '`failing`: a delivery to it has failed, and waits for its next attempt or for a person. Otherwise `healthy` with attempts ' +
        'in the period, and `idle` without.',
    ),
  period: tallyPeriodParameter,
});

export const watchedSubscriptionSchema = z
  .object({
    subscriptionId: z.uuid(),
    tenant: z.string(),
    url: z.string().describe('Where it is delivered to, without the query.'),
    status: statusSchema,
    health: z.enum(SUBSCRIPTION_HEALTHS),
    eventTypes: z.array(z.string()),
    createdAt: timestampSchema,
    ...deliveryHealthShape,
    p95LatencyMs: z
      .int()
      .optional()
      .describe('95 of 100 attempts took less; at most a fifth off. Absent without attempts.'),
  })
  .meta({ id: 'WatchedWebhookSubscription' });

export const watchedPages = new PageTokens({
  isFailing: z.boolean(),
  createdAt: pageEndTime,
  subscriptionId: z.guid(),
});

export type WatchedListQuery = z.output<typeof watchedListSchema>;
export type WatchedDocument = z.output<typeof watchedSubscriptionSchema>;

export const watchedDocument = (
  { subscriptionId, tenant, callbackUrl, status, eventTypes, createdAt, isFailing }: WatchedSubscription,
  metrics: SubscriptionMetrics,
): WatchedDocument => ({
  subscriptionId,
  tenant,
  url: splitCallbackUrl(callbackUrl).callbackUrl,
  status,
  health: healthOf(isFailing, metrics),
  eventTypes: [...eventTypes],
  createdAt: createdAt.toISOString(),
  ...deliveryHealth(metrics),
  ...(metrics.latencyMs && { p95LatencyMs: metrics.latencyMs.p95 }),
});

function healthOf(isFailing: boolean, { attempts }: SubscriptionMetrics): SubscriptionHealth {
  if (isFailing) return 'failing';
  return attempts === 0 ? 'idle' : 'healthy';
}
