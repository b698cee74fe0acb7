import { Injectable } from '@nestjs/common';
import { WebhookSubscriptionRepository } from '#libs/webhook-delivery/postgres';
import type { LiveSubscription } from '#libs/webhooks';
import { subscriptionIdOf, subscriptionNotFound } from '../subscriptions/subscription-ids.js';

/** Limits requests about deliveries to the tenant's own subscriptions. */
@Injectable()
export class OwnedSubscriptions {
  constructor(private readonly subscriptions: WebhookSubscriptionRepository) {}

  /** @throws ProblemException if the tenant has no subscription with this id. */
  async find(tenant: string, id: string): Promise<LiveSubscription> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionIdOf(id));
    if (!stream) throw subscriptionNotFound(id);
    return stream.state;
  }
}
