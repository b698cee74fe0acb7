import { Global, Module } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { KafkaEventLog } from '#libs/kafka';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';
import { DatabaseNotices } from '#libs/postgres';
import { CheckpointWaits } from '../postgres/checkpoint-waits.js';
import { ProjectionTablesModule } from '../postgres/projection-tables.module.js';
import { PostgresProjectionStore } from '../postgres/projection.store.js';
import { SETTINGS, type Settings } from '#libs/platform';
import { LogEnds } from './log-ends.js';
import { QueryShares } from './query-shares.js';

/** Lets queries wait for positions over one connection per process, and makes tenants take turns at the database. */
@Global()
@Module({
  imports: [ProjectionTablesModule],
  providers: [
    {
      provide: LogEnds,
      inject: [KafkaEventLog],
      useFactory: (log: KafkaEventLog) => new LogEnds(() => log.endOffsets(EVENT_TOPICS)),
    },
    {
      provide: QueryShares,
      inject: [SETTINGS],
      useFactory: ({ database }: Settings) => new QueryShares(database),
    },
    {
      provide: CheckpointWaits,
      inject: [PostgresProjectionStore, LogEnds, DatabaseNotices, SETTINGS, WaitingReaders],
      useFactory: (
        store: PostgresProjectionStore,
        ends: LogEnds,
        notices: DatabaseNotices,
        { queries }: Settings,
        readers: WaitingReaders,
      ) => new CheckpointWaits(store, (positions) => ends.unknown(positions), notices, queries, readers),
    },
  ],
  exports: [CheckpointWaits, QueryShares],
})
export class QueryingModule {}
