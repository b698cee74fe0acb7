import type { LoggedEvent } from '#libs/contracts';
import {
  isLive,
  jsonBytes,
  subscriptionDecider,
  type SubscriptionEvent,
  type SubscriptionState,
} from '#libs/webhooks';
import type {
  Expectation,
  ExpectationContext,
  ExpectedRow,
  VerifiedReadModel,
} from '../../core/verification/expectation.js';
import { SlicedStreams } from '../../core/verification/sliced-streams.js';

class SubscriptionsExpectation implements Expectation {
  readonly #subscriptions: SlicedStreams<SubscriptionState, SubscriptionEvent>;

  constructor(context: ExpectationContext) {
    this.#subscriptions = new SlicedStreams(subscriptionDecider, context);
  }

  apply(event: LoggedEvent): readonly ExpectedRow[] {
    this.#subscriptions.apply(event);
    return [];
  }

  *endPass(): Iterable<ExpectedRow> {
    for (const [subscriptionId, stream] of this.#subscriptions.entries()) {
      const { tenant, version, createdAt, updatedAt, state } = stream;
      if (!isLive(state)) continue;
      yield {
        table: 'webhook_subscription',
        columns: {
          subscription_id: subscriptionId,
          tenant,
          version: String(version),
          status: state.status,
          revision: String(state.revision),
          created_at: createdAt,
          updated_at: updatedAt,
          state: JSON.stringify(state),
          bytes: String(jsonBytes(state)),
        },
      };
    }
  }

  needsAnotherPass(): boolean {
    return this.#subscriptions.needsAnotherPass();
  }
}

export const VERIFIED_SUBSCRIPTIONS: VerifiedReadModel = {
  tables: [{ name: 'webhook_subscription' }],
  expect: (context) => new SubscriptionsExpectation(context),
};
