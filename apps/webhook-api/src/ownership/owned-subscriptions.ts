import { Injectable } from '@nestjs/common';
import { WebhookSubscriptionRepository } from '#libs/persistence';
import type { LiveSubscription } from '#libs/webhooks';
import { subscriptionIdOf, subscriptionNotFound } from '../subscriptions/subscription-ids.js';

/** What is asked of a subscription's deliveries is asked of the tenant's own subscriptions only. */
@Injectable()
export class OwnedSubscriptions {
  constructor(private readonly subscriptions: WebhookSubscriptionRepository) {}

  /** @throws ProblemException when the tenant has none of this id. */
  async find(tenant: string, id: string): Promise<LiveSubscription> {
    const stream = await this.subscriptions.findOne(tenant, subscriptionIdOf(id));
    if (!stream) throw subscriptionNotFound(id);
    return stream.state;
  }
}
