export { type LogPlace, placeSchemas, keptPlace } from './log-place.js';
export { filterWarnings } from './filter-warnings.js';
export { settingSchemas } from './setting.schemas.js';
export {
  createSubscriptionSchema,
  updateSubscriptionSchema,
  rotateSecretSchema,
  type CreateSubscriptionBody,
  type UpdateSubscriptionBody,
  type RotateSecretBody,
} from './subscription-body.schemas.js';
export {
  createdSubscriptionSchema,
  subscriptionSchema,
  updatedSubscriptionSchema,
  subscriptionWithSecretSchema,
  revealedSubscriptionSchema,
  sentTestSchema,
  subscriptionListSchema,
  subscriptionPages,
  type SubscriptionListQuery,
  type SubscriptionDocument,
  type RevealedSubscription,
  type SubscriptionSecret,
  type SubscriptionWithSecret,
  type SentTest,
  type WarnedSubscriptionWithSecret,
  type WarnedSubscription,
} from './subscription-document.schemas.js';
export {
  deliveryHealth,
  deliveryHealthShape,
  deliveryMetrics,
  deliveryMetricsSchema,
  tallyPeriodParameter,
  type DeliveryMetricsDocument,
} from './delivery-metrics.schemas.js';
