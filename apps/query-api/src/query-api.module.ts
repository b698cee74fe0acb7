import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { EventStreams } from '#libs/event-streaming/http';
import { ReadModelsModule } from '#libs/projections/read-models';
import * as controllers from './controllers.js';
import { OrderTimeline } from './orders/order-timeline.js';

/** The read side over HTTP. */
@Module({
  imports: [AuditOutboxModule, ReadModelsModule],
  controllers: Object.values(controllers),
  providers: [OrderTimeline, EventStreams],
})
export class QueryApiModule {}
