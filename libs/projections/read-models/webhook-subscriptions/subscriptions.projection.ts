import type { RecordedEvent, Stream } from '#libs/kernel';
import { subscriptionDecider, type SubscriptionState } from '#libs/webhooks';
import { foldStreams } from '../../core/fold.js';
import type { StepContext } from '../../core/runtime/projection.js';

/** The projection's name, which its checkpoints use. */
export const SUBSCRIPTIONS_PROJECTION = 'webhook-subscriptions';
export const SUBSCRIPTIONS_TOPIC = 'webhooks';

/** Folds a batch of events into the subscriptions that it changes. @throws as {@link foldStreams} does */
export const foldSubscriptions = (
  before: ReadonlyMap<string, Stream<SubscriptionState>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<SubscriptionState>> => foldStreams(subscriptionDecider, before, events, context);
