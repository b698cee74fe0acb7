import { Module } from '@nestjs/common';
import { PartitionOwnerRepository } from './partition-owner.repository.js';
import { StreamStateRepository } from './stream-state.repository.js';

const TABLES = [PartitionOwnerRepository, StreamStateRepository];

/** The state cache and the owners of partitions, in Postgres. */
@Module({ providers: TABLES, exports: TABLES })
export class StateTablesModule {}
