import { Module } from '@nestjs/common';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';
import { PostgresProjectionStore } from './projection.store.js';

const TABLES = [
  PostgresProjectionBuilds,
  PostgresProjectionStore,
  { provide: WaitingReaders, useFactory: () => new WaitingReaders() },
];

/** Checkpoints and builds of read models, and who waits for them in this process. */
@Module({ providers: TABLES, exports: [PostgresProjectionBuilds, PostgresProjectionStore, WaitingReaders] })
export class ProjectionTablesModule {}
