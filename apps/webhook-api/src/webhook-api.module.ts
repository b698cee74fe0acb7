import { Module } from '@nestjs/common';
import { SubscriptionCreator } from './subscriptions/subscription-creator.js';
import { WebhookSubscriptionsController } from './subscriptions/webhook-subscriptions.controller.js';

/** Webhook subscriptions over HTTP. */
@Module({ controllers: [WebhookSubscriptionsController], providers: [SubscriptionCreator] })
export class WebhookApiModule {}
