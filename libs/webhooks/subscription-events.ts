import type { DomainEvent } from '#libs/kernel';
import type { DeadLetter } from './dead-letter-notices.js';
import type { RetryPolicy } from './retry-policy.js';
import type { BatchMode, PositionVector } from './subscription.js';
import type { SealedSecret } from './subscription-state.js';

export interface SubscriptionChangeData {
  readonly subscriptionId: string;
  /** Where in the log the change takes effect. */
  readonly positions: PositionVector;
}

/** All settings after the change. Enumerations are stored as text, because their values may be extended. */
export interface SubscriptionSettingsData extends SubscriptionChangeData {
  readonly callbackUrl: string;
  /** Sealed. */
  readonly callbackQuery: string | null;
  readonly eventTypes: readonly string[];
  /** JSON, so that other kinds of conditions can be added. */
  readonly filter: string | null;
  readonly ordering: string;
  readonly onExhausted: string;
  readonly payload: string;
  readonly format: string;
  readonly batch: BatchMode | null;
  readonly rateLimit: number | null;
  readonly retry: RetryPolicy;
  readonly secrets: readonly SealedSecret[];
  readonly headers: string | null;
}

export interface SubscriptionCreatedData extends SubscriptionSettingsData {
  /** See `startFromText`. */
  readonly startFrom: string;
  readonly start: PositionVector;
}

export interface SubscriptionUpdatedData extends SubscriptionSettingsData {
  /** Names of the changed settings. */
  readonly changed: readonly string[];
}

export interface SubscriptionDisabledData extends SubscriptionChangeData {
  readonly reason: string;
}

/** Consists of an `EndpointWarning`, whose kind is stored as text, and of what led to it. */
export interface SubscriptionFailingData {
  readonly subscriptionId: string;
  readonly warning: string;
  readonly attempts: number;
  readonly failed: number;
  readonly since: string;
  readonly disablesAt: string | null;
  readonly lastError: string | null;
}

/** The warning that ended. */
export interface SubscriptionRecoveredData {
  readonly subscriptionId: string;
  readonly warning: string;
  readonly since: string;
}

export type SubscriptionCreated = DomainEvent<'webhook-subscription.created', SubscriptionCreatedData>;
export type SubscriptionUpdated = DomainEvent<'webhook-subscription.updated', SubscriptionUpdatedData>;
export type SubscriptionPaused = DomainEvent<'webhook-subscription.paused', SubscriptionChangeData>;
export type SubscriptionResumed = DomainEvent<'webhook-subscription.resumed', SubscriptionChangeData>;
export type SubscriptionDisabled = DomainEvent<'webhook-subscription.disabled', SubscriptionDisabledData>;
export type SubscriptionDeleted = DomainEvent<'webhook-subscription.deleted', SubscriptionChangeData>;
export type SubscriptionFailing = DomainEvent<'webhook-subscription.failing', SubscriptionFailingData>;
export type SubscriptionRecovered = DomainEvent<'webhook-subscription.recovered', SubscriptionRecoveredData>;
export type DeliveryDeadLettered = DomainEvent<'webhook.dead-lettered', DeadLetter>;
/** Owed only to the subscription that it names, whatever its event types. */
export type WebhookTest = DomainEvent<'webhook.test', { readonly subscriptionId: string }>;

export type SubscriptionEvent =
  | SubscriptionCreated
  | SubscriptionUpdated
  | SubscriptionPaused
  | SubscriptionResumed
  | SubscriptionDisabled
  | SubscriptionDeleted
  | SubscriptionFailing
  | SubscriptionRecovered
  | DeliveryDeadLettered
  | WebhookTest;
