import type { ApiClient } from '../api/api-client.js';

const PATH = '/v1/webhook-subscriptions';

export interface NewSubscription {
  readonly callbackUrl: string;
  readonly eventTypes: readonly string[];
  readonly startFrom: string;
}

export interface CreatedSubscription {
  readonly subscriptionId: string;
  readonly secret: string;
}

/** Creates and deletes subscriptions through the public API. */
export class SubscriptionClient {
  constructor(private readonly api: ApiClient) {}

  /** @throws ApiError */
  async create(subscription: NewSubscription): Promise<CreatedSubscription> {
    const { text } = await this.api.call({ method: 'POST', path: PATH, body: subscription });
    return JSON.parse(text) as CreatedSubscription;
  }

  /** @throws ApiError */
  async delete(subscriptionId: string): Promise<void> {
    await this.api.call({ method: 'DELETE', path: `${PATH}/${subscriptionId}` });
  }
}
