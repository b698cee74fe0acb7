export {
  ConformanceError,
  type ConformanceCheck,
  type LogPromise,
  type LogUnderTest,
} from './conformance-check.js';
export { EVENT_LOG_CHECKS } from './event-log-checks.js';
