import { Module } from '@nestjs/common';
import { ReadModelsModule } from '#libs/projections/read-models';
import { EventStreamModule } from './event-stream/event-stream.module.js';
import { OrderTimeline } from './orders/order-timeline.js';
import { OrderQueriesController } from './orders/orders.controller.js';
import { OrderStatisticsController } from './statistics/order-statistics.controller.js';
import { StockQueriesController } from './stock/stock.controller.js';

/** The read side over HTTP. */
@Module({
  imports: [EventStreamModule, ReadModelsModule],
  controllers: [OrderQueriesController, OrderStatisticsController, StockQueriesController],
  providers: [OrderTimeline],
})
export class QueryApiModule {}
