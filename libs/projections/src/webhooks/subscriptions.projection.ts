import type { RecordedEvent, Stream } from '#libs/kernel';
import { subscriptionDecider, type SubscriptionState } from '#libs/webhooks';
import { foldStreams } from '../fold.js';
import type { StepContext } from '../runtime/projection.js';

/** Name under which the projection keeps its checkpoints. */
export const SUBSCRIPTIONS_PROJECTION = 'webhook-subscriptions';
export const SUBSCRIPTIONS_TOPIC = 'webhooks';

/** The subscriptions after a batch of events, from those before it. @throws as {@link foldStreams} does. */
export const foldSubscriptions = (
  before: ReadonlyMap<string, Stream<SubscriptionState>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<SubscriptionState>> => foldStreams(subscriptionDecider, before, events, context);
