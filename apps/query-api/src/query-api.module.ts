import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { EventStreamingModule } from '#libs/event-streaming/http';
import { OrderStories } from '#libs/order-story/http';
import { ReadModelsModule } from '#libs/projections/read-models';
import { EventDeliveryRepository } from '#libs/webhook-delivery/postgres';
import * as controllers from './controllers.js';
import { OrderTimeline } from './orders/order-timeline.js';

/** The read side over HTTP. */
@Module({
  imports: [AuditOutboxModule, EventStreamingModule, ReadModelsModule],
  controllers: Object.values(controllers),
  providers: [OrderTimeline, OrderStories, EventDeliveryRepository],
})
export class QueryApiModule {}
