import type { EventFilter } from './event-filter.js';
import type { RetryPolicy } from './retry-policy.js';

/**
 * - `active`: events are delivered.
 * - `paused`, `disabled`: events go on being owed, none is sent; by the subscriber's wish, or because its endpoint is dead.
 * - `deleted`: nothing is owed any more.
 */
export const SUBSCRIPTION_STATUSES = ['active', 'paused', 'disabled', 'deleted'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** What arrives strictly in order: the events of one stream, all of a partition, or nothing. */
export const ORDERINGS = ['stream', 'partition', 'none'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/**
 * What becomes of a delivery that has run out of attempts: a dead letter either way. `park` holds later events of its
 * lane back until it is redriven or skipped, `skip` goes on.
 */
export const EXHAUSTION_POLICIES = ['park', 'skip'] as const;
export type ExhaustionPolicy = (typeof EXHAUSTION_POLICIES)[number];

/** `thin`: ids, and a link to fetch the rest. */
export const PAYLOADS = ['full', 'thin'] as const;
export type Payload = (typeof PAYLOADS)[number];

export const FORMATS = ['native', 'cloudevents'] as const;
export type Format = (typeof FORMATS)[number];

/** Consecutive events of one partition in one request. */
export interface BatchMode {
  readonly maxEvents: number;
  /** So long a request waits for more events, when there are none just now. */
  readonly maxWaitMs: number;
}

/** Offsets by partition, as `<topic>/<partition>`. A partition that is not there is younger: from its beginning. */
export type PositionVector = Readonly<Record<string, number>>;

/** Of these events a subscription is owed all from the given positions on, until the next rule says otherwise. */
export interface SubscriptionRule {
  /** One more than that of the rule before, if it does not say so. See `rulesRevision`. */
  readonly revision?: number;
  readonly from: PositionVector;
  /** Names of event types, and patterns of them. */
  readonly eventTypes: readonly string[];
  readonly filter: EventFilter | null;
}

export interface SigningSecret {
  readonly secret: string;
  /** RFC 3339. From then on nothing is signed with it any more: it was rotated. */
  readonly expiresAt: string | null;
}

/** A subscriber's webhook registration, as deliveries are made by it. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly tenant: string;
  /** With its query. */
  readonly callbackUrl: string;
  /** Goes up with each change. */
  readonly revision: number;
  /** Another one tells of another endpoint, or of one that is to be judged anew; 0 where that cannot be told. */
  readonly endpointRevision: number;
  /** Each delivery is signed with every one that has not expired, so that a secret can be rotated without a gap. */
  readonly secrets: readonly SigningSecret[];
  readonly status: SubscriptionStatus;
  readonly ordering: Ordering;
  readonly onExhausted: ExhaustionPolicy;
  readonly payload: Payload;
  readonly format: Format;
  readonly batch: BatchMode | null;
  /** Requests in a second. */
  readonly rateLimit: number | null;
  readonly retry: RetryPolicy;
  /** Sent with each delivery, beside ours. */
  readonly headers: Readonly<Record<string, string>>;
}
