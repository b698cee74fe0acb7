import type { RetryPolicy } from './retry-policy.js';

/**
 * - `active`: events are delivered.
 * - `paused`, `disabled`: events go on being owed, none is sent; by the subscriber's wish, or because its endpoint is dead.
 * - `deleted`: nothing is owed any more.
 */
export const SUBSCRIPTION_STATUSES = ['active', 'paused', 'disabled', 'deleted'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** `now`: what is acknowledged after the subscription is; `beginning`: the whole log. */
export const START_POINTS = ['now', 'beginning'] as const;
export type StartPoint = (typeof START_POINTS)[number];

/** A subscriber's webhook registration. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly callbackUrl: string;
  /** Names of event types, and patterns of them. */
  readonly eventTypes: readonly string[];
  /** Each delivery is signed with every one, so that a secret can be rotated without a gap. */
  readonly secrets: readonly string[];
  readonly status: SubscriptionStatus;
  readonly retry: RetryPolicy;
  readonly startFrom: StartPoint;
}
