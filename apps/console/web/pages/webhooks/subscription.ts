import type { components } from '../../api/generated/paths';

type Schemas = components['schemas'];
export type Subscription = Schemas['WebhookSubscription'];
export type CreatedSubscription = Schemas['CreatedWebhookSubscription'];
export type SubscriptionToCreate = Schemas['CreateWebhookSubscription'];
export type SubscriptionChange = Schemas['UpdateWebhookSubscription'];
export type FilterWarning = Schemas['WebhookFilterWarning'];
export type Replay = Schemas['WebhookReplay'];
export type ReplayToCreate = Schemas['CreateWebhookReplay'];
export type Cursor = Schemas['WebhookCursor'];
export type DeadLetter = Schemas['WebhookDeadLetter'];
export type DeadLetterSelection = Schemas['WebhookDeadLetterSelection'];
export type Delivery = Schemas['WebhookDelivery'];
export type DetailedDelivery = Schemas['WebhookDeliveryDetail'];
export type DetailedAttempt = DetailedDelivery['attempts'][number];
export type Explanation = Schemas['WebhookExplanation'];
export type WatchedSubscription = Schemas['WatchedWebhookSubscription'];
export type Metrics = Schemas['WebhookMetrics'];
export type EventType = Schemas['EventType'];

export const DELIVERY_STATUSES = ['delivered', 'retrying', 'dead-letter', 'skipped'] as const;
export const SUBSCRIPTION_STATUSES = ['active', 'paused', 'disabled'] as const;

const DISABLED_REASONS: Readonly<Record<string, string>> = {
  gone: 'its endpoint answered 410 (gone)',
  failing: 'its endpoint failed for days without one success',
};

/** Why nothing is sent, in words. */
export function stopText({ status, disabledReason }: Subscription): string | undefined {
  if (status === 'active') return undefined;
  if (status === 'paused') return 'It is paused. Events go on being owed, and are sent once it is resumed.';
  const why = DISABLED_REASONS[disabledReason ?? ''] ?? disabledReason ?? 'it failed';
  return `It was disabled because ${why}. Events go on being owed, and are sent once it is resumed.`;
}

/** The part of an address that tells receivers apart. */
export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
