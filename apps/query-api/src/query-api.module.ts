import { Module } from '@nestjs/common';
import { CheckpointWaits, ProjectionStore } from '#libs/persistence';
import { SETTINGS, type Settings } from '#libs/platform';
import { EventStreamModule } from './event-stream/event-stream.module.js';
import { OrderTimeline } from './orders/order-timeline.js';
import { OrderQueriesController } from './orders/orders.controller.js';
import { OrderStatisticsController } from './statistics/order-statistics.controller.js';
import { StockQueriesController } from './stock/stock.controller.js';

/** The read side over HTTP. */
@Module({
  imports: [EventStreamModule],
  controllers: [OrderQueriesController, OrderStatisticsController, StockQueriesController],
  providers: [
    OrderTimeline,
    {
      provide: CheckpointWaits,
      inject: [ProjectionStore, SETTINGS],
      useFactory: (store: ProjectionStore, { database, queries }: Settings) =>
        new CheckpointWaits(store, { ...database, ...queries }),
    },
  ],
})
export class QueryApiModule {}
