import type { EventFilter } from './event-filter.js';
import type { RetryPolicy } from './retry-policy.js';

/**
 * - `active`: events are delivered.
 * - `paused`, `disabled`: events are still owed, but not sent; at the subscriber's request, or because its endpoint is dead.
 * - `deleted`: nothing is owed.
 */
export const SUBSCRIPTION_STATUSES = ['active', 'paused', 'disabled', 'deleted'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** The scope of strict ordering: the events of one stream, all of a partition, or none. */
export const ORDERINGS = ['stream', 'partition', 'none'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/**
 * How a lane continues behind a dead letter: `park` parks its later events until the dead letter is redriven or skipped,
 * `skip` delivers them.
 */
export const EXHAUSTION_POLICIES = ['park', 'skip'] as const;
export type ExhaustionPolicy = (typeof EXHAUSTION_POLICIES)[number];

/** `thin`: ids and a link to the full data. */
export const PAYLOADS = ['full', 'thin'] as const;
export type Payload = (typeof PAYLOADS)[number];

export const FORMATS = ['native', 'cloudevents'] as const;
export type Format = (typeof FORMATS)[number];

/** Delivers consecutive events of one partition in one request. */
export interface BatchMode {
  readonly maxEvents: number;
  /** How long a request waits for more events. */
  readonly maxWaitMs: number;
}

/** Offsets by `<topic>/<partition>`. A missing partition is newer than the vector and counts from its beginning. */
export type PositionVector = Readonly<Record<string, number>>;

/** The events that a subscription is owed from these positions up to those of the next rule. */
export interface SubscriptionRule {
  /** If absent, one more than that of the previous rule. See `rulesRevision`. */
  readonly revision?: number;
  readonly from: PositionVector;
  /** Event types and patterns of them. */
  readonly eventTypes: readonly string[];
  readonly filter: EventFilter | null;
}

export interface SigningSecret {
  readonly secret: string;
  /** RFC 3339; the time at which a rotated secret stops signing. `null` for the current one. */
  readonly expiresAt: string | null;
}

/** A subscriber's webhook registration, with the secrets that deliveries need. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly tenant: string;
  /** Includes the query. */
  readonly callbackUrl: string;
  /** Increases with each change. */
  readonly revision: number;
  /** Changes when the endpoint moves or its earlier failures no longer count; 0 if unknown. */
  readonly endpointRevision: number;
  /** Each delivery is signed with all secrets that have not expired, so that a rotation leaves no gap. */
  readonly secrets: readonly SigningSecret[];
  readonly status: SubscriptionStatus;
  readonly ordering: Ordering;
  readonly onExhausted: ExhaustionPolicy;
  readonly payload: Payload;
  readonly format: Format;
  readonly batch: BatchMode | null;
  /** Requests per second. */
  readonly rateLimit: number | null;
  readonly retry: RetryPolicy;
  /** Extra headers sent with each delivery. */
  readonly headers: Readonly<Record<string, string>>;
}
