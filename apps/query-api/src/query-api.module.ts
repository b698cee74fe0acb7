import { Module } from '@nestjs/common';
import { CheckpointWaits, ProjectionStore } from '#libs/persistence';
import { SETTINGS, type Settings } from '#libs/platform';
import { OrderQueriesController } from './orders/orders.controller.js';
import { StockQueriesController } from './stock/stock.controller.js';

/** The read side over HTTP. */
@Module({
  controllers: [OrderQueriesController, StockQueriesController],
  providers: [
    {
      provide: CheckpointWaits,
      inject: [ProjectionStore, SETTINGS],
      useFactory: (store: ProjectionStore, { database, queries }: Settings) =>
        new CheckpointWaits(store, { ...database, ...queries }),
    },
  ],
})
export class QueryApiModule {}
