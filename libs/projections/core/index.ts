export { remainingTime, type RebuildStatus } from './rebuild/rebuild-progress.js';
export { PartitionProjection } from './runtime/partition-projection.js';
export type { Projection } from './runtime/projection.js';
