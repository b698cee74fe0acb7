import { Module } from '@nestjs/common';
import { ReadModelsModule } from '#libs/projections/read-models';
import { OrderTimeline } from './orders/order-timeline.js';
import { OrderQueriesController } from './orders/orders.controller.js';
import { OrderStatisticsController } from './statistics/order-statistics.controller.js';
import { StockQueriesController } from './stock/stock.controller.js';
import { EventStreamController } from './event-stream/event-stream.controller.js';
import { EventStreams } from '#libs/event-streaming/http';

/** Events for readers without a public address, by long poll and by server-sent events. */
@Module({ controllers: [EventStreamController], providers: [EventStreams] })
class EventStreamModule {}

/** The read side over HTTP. */
@Module({
  imports: [EventStreamModule, ReadModelsModule],
  controllers: [OrderQueriesController, OrderStatisticsController, StockQueriesController],
  providers: [OrderTimeline],
})
export class QueryApiModule {}
