export {
  SUBSCRIPTION_ID,
  someCreated,
  someSubscription,
  someSubscriptionEvent,
  someUpdated,
  subscriptionEventAt,
  type SubscriptionEventToAppend,
} from './subscription-events.js';
