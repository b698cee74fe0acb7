import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { DeliveryTablesModule } from '#libs/webhook-delivery/postgres';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
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
  imports: [AuditOutboxModule, DeliveryTablesModule],
  controllers: [
    WebhookSubscriptionsController,
    SubscriptionStepsController,
    ReplaysController,
    DeliveriesController,
    PortalLinksController,
  ],
  providers: [SubscriptionCommands, EventPositions, ProjectedChanges, OwnedSubscriptions, ReplayCreator],
})
export class WebhookApiModule {}
