export { AttemptDays, AttemptLog } from './attempt-log.js';
export { DeliveryFactsRepository } from './delivery-facts.repository.js';
export { DeadLetterOutbox } from './dead-letter-outbox.js';
export {
  type Release,
  DeadLetterRepository,
  type DeadLetterSelection,
  FRONT as FRONT_OF_LANE,
  type ListedDeadLetter,
  releaseLanes,
} from './dead-letter.repository.js';
export {
  DELIVERY_STATUSES,
  DeliveryRepository,
  type DeliveredPosition,
  type DeliveryAttempt,
  type DeliveryFilter,
  type DetailedAttempt,
  type DetailedDelivery,
  type LoggedDelivery,
} from './delivery.repository.js';
export { type EventDelivery, EventDeliveryRepository } from './event-delivery.repository.js';
export { PostgresDispatchStore } from './dispatch-store.js';
export { FailingEndpoints } from './failing-endpoints.js';
export { FeedCursorRepository } from './feed-cursor.repository.js';
export {
  MAX_RUNNING_REPLAYS,
  REPLAY_STATES,
  ReplayRepository,
  type CreatedReplay,
  type Replay,
} from './replay.repository.js';
export { SUBSCRIPTION_BANDS, type SubscriptionBand, SubscriptionBands } from './subscription-bands.js';
export { MetricsOfSubscriptions, type SubscriptionMetrics } from './subscription-metrics.js';
export {
  SUBSCRIPTION_HEALTHS,
  WatchedSubscriptions,
  type SubscriptionHealth,
  type WatchedSubscription,
} from './watched-subscriptions.js';
export { TallyLog } from './tally-log.js';
export { MOST_COUNTED_DEAD_LETTERS, TallyRepository, type UndeliveredSummary } from './tally.repository.js';
export {
  openCallbackUrl,
  openHeaders,
  WebhookSubscriptionRepository,
  type SubscriptionUsage,
} from './webhook-subscription.repository.js';
export { DeliveryTablesModule } from './delivery-tables.module.js';
