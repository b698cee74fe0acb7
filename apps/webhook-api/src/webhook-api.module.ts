import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { DeliveryTablesModule } from '#libs/webhook-delivery/postgres';
import { ReadModelsModule } from '#libs/projections/read-models';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { DeliveryDetailsController } from './deliveries/delivery-details.controller.js';
import { OrderEvents } from './deliveries/order-events.js';
import { SentRequests } from './deliveries/sent-requests.js';
import { EventTypesController } from './event-types/event-types.controller.js';
import { EventLookup } from './explain/event-lookup.js';
import { ExplainController } from './explain/explain.controller.js';
import { WebhookMetricsController } from './metrics/webhook-metrics.controller.js';
import { OwnedSubscriptions } from './ownership/owned-subscriptions.js';
import { PortalLinksController } from './portal-links/portal-links.controller.js';
import { ReplayCreator } from './replays/replay-creator.js';
import { ReplaysController } from './replays/replays.controller.js';
import { EventPositions } from './subscriptions/event-positions.js';
import { ProjectedChanges } from './subscriptions/projected-changes.js';
import { SubscriptionCommands } from './subscriptions/subscription-commands.js';
import { SubscriptionStepsController } from './subscriptions/subscription-steps.controller.js';
import { WebhookSubscriptionsController } from './subscriptions/webhook-subscriptions.controller.js';

/** Webhook subscriptions over HTTP. */
@Module({
  imports: [AuditOutboxModule, DeliveryTablesModule, ReadModelsModule],
  controllers: [
    WebhookSubscriptionsController,
    SubscriptionStepsController,
    ReplaysController,
    DeliveriesController,
    PortalLinksController,
    DeliveryDetailsController,
    WebhookMetricsController,
    EventTypesController,
    ExplainController,
  ],
  providers: [
    SubscriptionCommands,
    EventPositions,
    ProjectedChanges,
    OwnedSubscriptions,
    ReplayCreator,
    OrderEvents,
    SentRequests,
    EventLookup,
  ],
})
export class WebhookApiModule {}
