import type { DeadLetterNotices } from './dead-letter-notices.js';
import type { EndpointWarning } from './endpoint-health.js';
import type { EventFilter } from './event-filter.js';
import type { StartFrom } from './start-from.js';
import type { SubscriptionRule, PositionVector, Subscription } from './subscription.js';

/** The settings that a subscriber may change, except the sealed ones. */
export interface SubscriptionSettings
  extends Pick<
    Subscription,
    'callbackUrl' | 'ordering' | 'onExhausted' | 'payload' | 'format' | 'batch' | 'rateLimit' | 'retry'
  > {
  /** Event types and patterns of them. */
  readonly eventTypes: readonly string[];
  readonly filter: EventFilter | null;
}

/** A signing secret, encrypted. */
export interface SealedSecret {
  readonly sealed: string;
  /** RFC 3339 in UTC with milliseconds; `null` for the current secret. */
  readonly expiresAt: string | null;
}

/** Why a subscription is disabled: its endpoint answered 410 Gone, or has failed for days. */
export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Limit on secrets in use at once, because each delivery carries a signature by each of them. */
export const MAX_LIVE_SECRETS = 5;

export interface LiveSubscription extends SubscriptionSettings {
  readonly status: 'active' | 'paused' | 'disabled';
  readonly disabledReason: DisabledReason | null;
  /** Business time at which it was paused or disabled. Absent while active. */
  readonly stoppedAt?: string | undefined;
  readonly subscriptionId: string;
  /** Current secret first. The next rotation drops expired ones. */
  readonly secrets: readonly SealedSecret[];
  /** The query of the callback URL, sealed; `null` or absent if there is none, or if `callbackUrl` still includes it. */
  readonly callbackQuery?: string | null;
  /** The extra headers, sealed; `null` for none. */
  readonly headers: string | null;
  readonly startFrom: StartFrom;
  readonly start: PositionVector;
  readonly rules: readonly SubscriptionRule[];
  /** Increases by one with each change of what is delivered, or how. */
  readonly revision: number;
  /**
   * The revision at which the endpoint last moved or the subscription was resumed. Earlier failures of the endpoint no
   * longer count. Absent in states stored before this field existed.
   */
  readonly endpointRevision?: number;
  /** The last warning that the owner got about the endpoint. Absent while it works, and while the subscription is stopped. */
  readonly warned?: EndpointWarning | undefined;
  /** Business time since which the endpoint's health is judged: its move, resume or recovery. Absent before the first. */
  readonly judgedFrom?: string | undefined;
  /** Absent before the first notice. */
  readonly notices?: DeadLetterNotices;
}

/** `none`: it never existed. `deleted`: it no longer exists. */
export type SubscriptionState =
  | { readonly status: 'none' }
  | { readonly status: 'deleted' }
  | LiveSubscription;

export const isLive = (state: SubscriptionState): state is LiveSubscription =>
  state.status !== 'none' && state.status !== 'deleted';
