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
