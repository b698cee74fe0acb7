import { Module } from '@nestjs/common';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore } from './projection.store.js';

const TABLES = [PostgresProjectionBuilds, PostgresProjectionStore];

/** Checkpoints and builds of read models. */
@Module({ providers: TABLES, exports: TABLES })
export class ProjectionTablesModule {}
