export { CheckpointWaits } from './checkpoint-waits.js';
export { inOpenedTransaction, inTransaction, type PostgresTransaction } from './postgres-transaction.js';
export { PostgresProjectionBuilds } from './projection-builds.js';
export { NO_VERSION, ProjectionCommands, type ProjectionStatus } from './projection-commands.js';
export { PostgresProjectionStore } from './projection.store.js';
export { rebuildProjection } from './rebuild-projection.js';
export { type RowPageEnd, StateTables } from './state-tables.js';
export { streamOf, streamPage } from './stream-row.js';
export { BuildVerification } from './verification/build-verification.js';
export type { PartitionVerification } from './verification/partition-verification.js';
export {
  equalsLog,
  partitionEqualsLog,
  verifyProjection,
  type ProjectionVerification,
  type VerificationProgress,
} from './verification/projection-verification.js';
export type { RowDifference } from './verification/row-difference.js';
