import type { StoredSubscription } from '#libs/persistence';
import type { SubscriptionDocument } from './webhook-subscription.schemas.js';

/** What a tenant is shown of its subscription: never a secret. */
export function subscriptionDocument(subscription: StoredSubscription): SubscriptionDocument {
  const { subscriptionId, callbackUrl, eventTypes, status, startFrom, retry, createdAt } = subscription;
  if (status === 'deleted') throw new Error('a deleted subscription is not shown');
  return {
    subscriptionId,
    callbackUrl,
    eventTypes: [...eventTypes],
    status,
    ordering: 'stream',
    onExhausted: 'park',
    startFrom,
    retry,
    createdAt,
  };
}
