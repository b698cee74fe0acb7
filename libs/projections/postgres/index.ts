export { CheckpointWaits } from './checkpoint-waits.js';
export { inOpenedTransaction, inTransaction, type PostgresTransaction } from './postgres-transaction.js';
export { PostgresProjectionBuilds } from './projection-builds.js';
export { NO_VERSION, ProjectionCommands, type ProjectionStatus } from './projection-commands.js';
export {
  JOB_KINDS,
  type JobKind,
  type JobState,
  type ProjectionJob,
  ProjectionJobRepository,
} from './projection-job.repository.js';
export { type ProjectionStatusWithLag, withLag } from './projection-lag.js';
export { PostgresProjectionStore } from './projection.store.js';
export { rebuildProjection, RebuildUnderWayError } from './rebuild-projection.js';
export { type RowPageEnd, StateTables } from './state-tables.js';
export { streamOf, streamPage } from './stream-row.js';
export { BuildVerification } from './verification/build-verification.js';
export type { FoundDifferences } from './verification/found-differences.js';
export type { PartitionVerification } from './verification/partition-verification.js';
export {
  equalsLog,
  partitionEqualsLog,
  verifyProjection,
  type ProjectionVerification,
  type VerificationProgress,
} from './verification/projection-verification.js';
export type { RowDifference } from './verification/row-difference.js';
