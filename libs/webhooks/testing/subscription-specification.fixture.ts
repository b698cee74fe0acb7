import { specify } from '#libs/kernel/testing';
import { subscriptionDecider } from '../subscription-decider.js';
import type { SubscriptionEvent, SubscriptionUpdated } from '../subscription-events.js';
import type { LiveSubscription } from '../subscription-state.js';
import { someCreated, someUpdated, SUBSCRIPTION_ID } from './subscription-events.js';

export const given = specify(subscriptionDecider);
export const active = given(someCreated());
export const after = (...facts: readonly SubscriptionEvent[]) =>
  facts.reduce(subscriptionDecider.evolve, subscriptionDecider.initialState) as LiveSubscription;

/** What every change of a subscription names. */
export const change = { subscriptionId: SUBSCRIPTION_ID, positions: { 'orders/0': 20 } };
export const paused: SubscriptionEvent = { type: 'webhook-subscription.paused', data: change };
export const disabled: SubscriptionEvent = {
  type: 'webhook-subscription.disabled',
  data: { ...change, reason: 'gone' },
};
export const updated = (data: Partial<SubscriptionUpdated['data']>, ...changed: readonly string[]) =>
  someUpdated(changed, data);
