export {
  defineAggregate,
  type AggregateDefinition,
  type AnyAggregateDefinition,
  type Problem,
  type StateColumn,
  type StateTable,
} from './aggregate.js';
export { backoffMs, type Random } from './backoff.js';
export { systemClock, withTimeout, type Clock } from './clock.js';
export type { Decider, Rejection } from './decider.js';
export type { DomainEvent, EventMetadata, RecordedEvent } from './event.js';
export { isUuid, newId } from './ids.js';
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
  type SizedEvent,
} from './log-reader.js';
export { onAbort } from './on-abort.js';
export { Pieces, nextTurn } from './pieces.js';
export {
  POSITION_PATTERN,
  formatPosition,
  parsePosition,
  topicPartitionKey,
  type Position,
  type TopicPartition,
} from './position.js';
export { readUpTo } from './read-up-to.js';
export { fail, ok, unreachable, type Result } from './result.js';
export { SharedQuestion } from './shared-question.js';
export { applyEvent, emptyStream, type Stream } from './stream.js';
export { FairQueue } from './tenants/fair-queue.js';
export { TenantShareError, TenantShares, type ShareRefusal } from './tenants/tenant-shares.js';
export { TenantTurns } from './tenants/tenant-turns.js';
export { asError, inBackground, messageOf } from './timing/background.js';
export { ChangeSignal } from './timing/change-signal.js';
export { retryUntilStopped, type RetryPorts } from './timing/retry-until-stopped.js';
