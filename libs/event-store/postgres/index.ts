export { PartitionOwnerRepository, type PartitionOwner } from './partition-owner.repository.js';
export { StreamStateRepository } from './stream-state.repository.js';
export { StateTablesModule } from './state-tables.module.js';
