export {
  DEAD_LETTER_ACTS,
  DEAD_LETTER_KINDS,
  type AnyDeadLetter,
  type DeadLetterAct,
  DeadLetterDesk,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterKind,
  type DeadLetterPlace,
  type DeadLetterPlaces,
  type DeadLetterScan,
  type DeadLetterSource,
  type ErrorCount,
} from './dead-letters.js';
export { causeOf } from './error-cause.js';
export { type Lateness, LogEndHistory } from './log-end-history.js';
export {
  addBuckets,
  BoundedSeries,
  type BucketCounts,
  type CountedAt,
  quantileBetween,
  ratePerSecond,
} from './rates.js';
export { RecentAnswer } from './recent-answer.js';
