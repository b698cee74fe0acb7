import type { DeadLetterNotices } from './dead-letter-notices.js';
import type { EventFilter } from './event-filter.js';
import type { StartFrom } from './start-from.js';
import type { SubscriptionRule, PositionVector, Subscription } from './subscription.js';

/** What a subscriber may set and change, but for what is sealed. */
export interface SubscriptionSettings
  extends Pick<
    Subscription,
    'callbackUrl' | 'ordering' | 'onExhausted' | 'payload' | 'format' | 'batch' | 'rateLimit' | 'retry'
  > {
  /** Names of event types, and patterns of them. */
  readonly eventTypes: readonly string[];
  readonly filter: EventFilter | null;
}

/** A signing secret that only those can read who have the key. */
export interface SealedSecret {
  readonly sealed: string;
  /** RFC 3339 in UTC with milliseconds; `null` for the present one. */
  readonly expiresAt: string | null;
}

/** Why nothing is sent any more: the endpoint said that it is gone (410), or it has failed for days. */
export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** So many secrets sign at once: each delivery carries a signature by each. */
export const MAX_LIVE_SECRETS = 5;

export interface LiveSubscription extends SubscriptionSettings {
  readonly status: 'active' | 'paused' | 'disabled';
  readonly disabledReason: DisabledReason | null;
  readonly subscriptionId: string;
  /** The present one first. Those that have expired are dropped at the next rotation. */
  readonly secrets: readonly SealedSecret[];
  /** The query of the callback URL, sealed; `null` or absent when it has none, or has it still in clear. */
  readonly callbackQuery?: string | null;
  /** The fixed extra headers, sealed; `null` when there are none. */
  readonly headers: string | null;
  readonly startFrom: StartFrom;
  readonly start: PositionVector;
  readonly rules: readonly SubscriptionRule[];
  /** Goes up by one with each change of what is delivered, or how. */
  readonly revision: number;
  /**
   * The revision since which the endpoint is judged anew: its address has changed, or somebody has resumed. What it did
   * before says nothing any more. Absent in states that were kept before there was one.
   */
  readonly endpointRevision?: number;
  /** Absent before the first. */
  readonly notices?: DeadLetterNotices;
}

/** `none`: there is no such subscription. `deleted`: there was. */
export type SubscriptionState =
  | { readonly status: 'none' }
  | { readonly status: 'deleted' }
  | LiveSubscription;

export const isLive = (state: SubscriptionState): state is LiveSubscription =>
  state.status !== 'none' && state.status !== 'deleted';
