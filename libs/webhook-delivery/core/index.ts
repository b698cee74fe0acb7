export {
  type DeliveryFacts,
  type ExplainedSubscription,
  type LaneFacts,
} from './explain/delivery-facts.js';
export { explain, EXPLAINED_OUTCOMES, type Explanation } from './explain/explain.js';
export { interestMatcherOf, type EventMatcher } from './feeds/feed-index.js';
export {
  DEFAULT_ENDPOINT_LIMITS,
  EndpointLimiters,
  type EndpointLimiter,
  type EndpointLimits,
  type KeptIn,
} from './lanes/endpoint-limiter.js';
export { ATTEMPT_FAILURES, type AttemptOutcome } from './ports.js';
export { DEFAULT_DISPATCH_LIMITS } from './dispatch-limits.js';
export { DispatchedPartitions } from './partition/partition-dispatcher.js';
export type { BodyForm, Exchange } from './exchange/exchange.js';
export type { DeliverySummary } from './tallies/delivery-summary.js';
export { TALLY_PERIODS, type TallyPeriod, tallyRange, type TallyRange } from './tallies/tally-periods.js';
