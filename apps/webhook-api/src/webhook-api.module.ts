import { Module } from '@nestjs/common';
import { AuditOutboxModule } from '#libs/audit/postgres';
import { DeliveryTablesModule } from '#libs/webhook-delivery/postgres';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { EventLookup } from './explain/event-lookup.js';
import { ExplainController } from './explain/explain.controller.js';
import { OwnedSubscriptions } from './ownership/owned-subscriptions.js';
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
    ExplainController,
  ],
  providers: [
    SubscriptionCommands,
    EventPositions,
    ProjectedChanges,
    OwnedSubscriptions,
    ReplayCreator,
    EventLookup,
  ],
})
export class WebhookApiModule {}
