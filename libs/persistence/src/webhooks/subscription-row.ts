import type { RevisedSubscription } from '#libs/dispatching';
import type { RetryPolicy, StartPoint } from '#libs/webhooks';
import type { WebhookSubscription as SubscriptionRow } from '../generated/client.js';

/** A subscription as the database has it. */
export interface StoredSubscription extends RevisedSubscription {
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
}

export const toSubscription = (row: SubscriptionRow): StoredSubscription => ({
  subscriptionId: row.id,
  tenant: row.tenant,
  callbackUrl: row.callbackUrl,
  eventTypes: row.eventTypes,
  secrets: [row.secret],
  status: row.status,
  retry: row.retry as unknown as RetryPolicy,
  startFrom: row.startFrom as StartPoint,
  createdAt: row.createdAt.toISOString(),
  revision: Number(row.revision),
});
