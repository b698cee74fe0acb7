export type { Aggregate, AnyAggregate } from './aggregate.js';
export {
  CommandOutcomeUnknownError,
  CommandShareError,
  CommandUnavailableError,
  NotOwnerError,
  type AcceptedCommand,
  type CommandRequest,
  type CommandResult,
  type ExpectedVersion,
} from './command.js';
export { AdmissionLimiter } from './engine/admission-limiter.js';
export { CommandEngine, type CommandPeers } from './engine/command-engine.js';
export {
  AppendError,
  type AppendOutcome,
  type EncodeEvent,
  type EventLog,
  type PartitionAppender,
} from './log/event-log.js';
export { UnsavedBytes } from './states/state-cache.js';
export {
  type AppendedBatch,
  type AppendTimes,
  DEFAULT_WRITER_LIMITS,
  type WriterObserver,
} from './writer/writer-settings.js';
