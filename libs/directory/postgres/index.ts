export { ApiKeyDirectory } from './api-key-directory.js';
export { type OwnedPartition, PartitionDirectory } from './partition-directory.js';
export { SEARCH_KINDS, type SearchHit, SearchRepository } from './search.repository.js';
export { type KnownTenant, TenantDirectory } from './tenant-directory.js';
