export {
  defineAggregate,
  type AggregateDefinition,
  type AnyAggregateDefinition,
  type Problem,
  type StateColumn,
  type StateTable,
} from './aggregate.js';
export {
  backoffMs,
  type Random,
  systemClock,
  withTimeout,
  type Clock,
  onAbort,
  Pieces,
  nextTurn,
  asError,
  inBackground,
  messageOf,
  ChangeSignal,
  retryUntilStopped,
  type RetryPorts,
  unlessAborted,
} from './timing.js';
export { currencyDecimals, decimalAmount } from './currency.js';
export type { Decider, Rejection } from './decider.js';
export type { DomainEvent, EventMetadata, RecordedEvent } from './event.js';
export { firstRepeated } from './first-repeated.js';
export { idOfOwnCommand, isUuid, newId, ownCommandId } from './ids.js';
export {
  EARLIEST_INSTANT,
  LATEST_INSTANT,
  clampToInstant,
  formatInstant,
  parseInstant,
  type Instant,
} from './instant.js';
export { canonicalJson, withoutNulls } from './json.js';
export {
  LogUnavailableError,
  TopicStoppedError,
  UnreadableRecordError,
  type EventBatch,
  type LogReader,
  type PartitionEnd,
  type RejectedRecord,
  type ScannedBatch,
  type SizedEvent,
} from './log-reader.js';
export { retryWhileUnavailable } from './log-patience.js';
export {
  POSITION_PATTERN,
  formatPosition,
  parsePosition,
  topicPartitionKey,
  type Position,
  type TopicPartition,
} from './position.js';
export { EventQueue, RecentEvents, indexOfOffset, type RecentLimits } from './recent-events.js';
export { readUpTo } from './read-up-to.js';
export { fail, ok, unreachable, type Result } from './result.js';
export { SeededRandom } from './seeded-random.js';
export { SharedQuestion } from './shared-question.js';
export { SpareTime } from './spare-time.js';
export { applyEvent, emptyStream, type Stream } from './stream.js';
export {
  continuesTrace,
  formatTraceparent,
  isSampledTrace,
  parseTraceparent,
  type TraceContext,
} from './trace-context.js';
export { FairQueue, TenantShareError, TenantShares, type ShareRefusal, TenantTurns } from './tenants.js';
