export { AttemptDays, AttemptLog } from './attempt-log.js';
export { DeadLetterOutbox } from './dead-letter-outbox.js';
export {
  type Release,
  DeadLetterRepository,
  type DeadLetterSelection,
  type ListedDeadLetter,
} from './dead-letter.repository.js';
export {
  DELIVERY_STATUSES,
  DeliveryRepository,
  type DeliveryAttempt,
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
export {
  openCallbackUrl,
  openHeaders,
  WebhookSubscriptionRepository,
  type SubscriptionUsage,
} from './webhook-subscription.repository.js';
export { DeliveryTablesModule } from './delivery-tables.module.js';
