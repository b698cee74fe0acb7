export { LogMemoryModule } from './log-memory.module.js';
export { LogMemoryRepository } from './log-memory.repository.js';
export { StoppedProjections } from './projection-dead-letters.js';
export {
  type BoundedCount,
  type ConsumerCheckpoint,
  type OldestUndelivered,
  StandingCounts,
} from './standing-counts.js';
export { type DeadLetterRetry, failedMails, stuckProcesses } from './table-dead-letters.js';
export { ParkedWebhooks } from './webhook-dead-letters.js';
