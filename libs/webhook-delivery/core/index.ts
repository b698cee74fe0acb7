export { interestMatcherOf, type EventMatcher } from './feeds/event-matcher.js';
export {
  DEFAULT_ENDPOINT_LIMITS,
  EndpointLimiters,
  type EndpointLimiter,
  type EndpointLimits,
  type KeptIn,
} from './lanes/endpoint-limiter.js';
export { type DispatchObserver, unfailing } from './observer.js';
export { DEFAULT_DISPATCH_LIMITS } from './partition/dispatch-limits.js';
export { ATTEMPT_FAILURES, type AttemptOutcome } from './ports.js';
export { EventQueue, PartitionTail, type TailLimits } from './tail/partition-tail.js';
