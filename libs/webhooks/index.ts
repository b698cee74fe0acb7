export { SUBSCRIPTION_AGGREGATE } from './subscription.aggregate.js';
export {
  MAX_CALLBACK_URL_LENGTH,
  checkCallbackUrl,
  isAllowedAddress,
  isPortRange,
  isQueryHidden,
  isSameOrigin,
  normalizedUrl,
  shownCallbackUrl,
  splitCallbackUrl,
  targetRefusal,
  type TargetRefusal,
  type TargetRules,
} from './callback-url.js';
export { REPEATABLE_NOTICES, type DeadLetter } from './dead-letter-notices.js';
export {
  ENDPOINT_WARNINGS,
  receivesOnlyNotices,
  type EndpointHealth,
  type EndpointWarning,
} from './endpoint-health.js';
export type { EventFilter, FilterValue } from './event-filter.js';
export { positionVector } from './position-vector.js';
export { DEFAULT_RETRY_POLICY, RETRY_BOUNDS, type RetryPolicy } from './retry-policy.js';
export type { StartFrom } from './start-from.js';
export { MAX_FILTER_BYTES, MAX_HEADERS_BYTES, jsonBytes } from './subscription-bounds.js';
export type { SettingChanges, SubscriptionCommand, SubscriptionMemory } from './subscription-commands.js';
export { subscriptionDecider } from './subscription-decider.js';
export type { SubscriptionEvent } from './subscription-events.js';
export {
  MAX_SUBSCRIPTION_RULES,
  changesSince,
  rulesRevision,
  rulesUpTo,
  withRule,
  withoutPassed,
  type RulePlace,
} from './subscription-rules.js';
export {
  DISABLED_REASONS,
  isLive,
  type DisabledReason,
  type LiveSubscription,
  type SubscriptionState,
} from './subscription-state.js';
export {
  EXHAUSTION_POLICIES,
  FORMATS,
  ORDERINGS,
  PAYLOADS,
  SUBSCRIPTION_STATUSES,
  type BatchMode,
  type ExhaustionPolicy,
  type Ordering,
  type PositionVector,
  type SigningSecret,
  type Subscription,
  type SubscriptionRule,
} from './subscription.js';
export { isListedName, isTargetPattern } from './target-address.js';
export { MADE_SECRET_BYTES, SECRET_PREFIX, WEBHOOK_SECRET, webhookSecretOf } from './webhook-secret.js';
