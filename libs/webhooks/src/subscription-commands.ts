import type { DeadLetter } from './dead-letter-notices.js';
import type { RetryPolicy } from './retry-policy.js';
import type { StartFrom } from './start-from.js';
import type { PositionVector } from './subscription.js';
import type { DisabledReason, SubscriptionSettings } from './subscription-state.js';

interface ChangeCommand {
  readonly subscriptionId: string;
  /** The ends of all partitions of all event topics when the command came in: what is owed changes there. */
  readonly positions: PositionVector;
}

export interface CreateSubscription extends ChangeCommand {
  readonly type: 'create-subscription';
  readonly settings: SubscriptionSettings;
  /** Sealed. */
  readonly secret: string;
  /** Of the callback URL, which is without it; sealed. `null` for none. */
  readonly callbackQuery: string | null;
  /** Sealed; `null` for none. */
  readonly headers: string | null;
  readonly startFrom: StartFrom;
  /** What `startFrom` means in the log. */
  readonly start: PositionVector;
  /** How many the tenant has, as far as is known, and how many it may have. */
  readonly existing: number;
  readonly limit: number;
  readonly memory: SubscriptionMemory;
}

/** What the subscriptions of the tenant take, as far as is known, and may take: {@link jsonBytes} of their states. */
export interface SubscriptionMemory {
  readonly bytes: number;
  readonly limit: number;
}

export type SettingChanges = Partial<Omit<SubscriptionSettings, 'retry'>> & {
  readonly retry?: Partial<RetryPolicy>;
};

/** What is not named stays as it is. */
export interface UpdateSubscription extends ChangeCommand {
  readonly type: 'update-subscription';
  readonly changes: SettingChanges;
  /** With a callback URL, its query, as in {@link CreateSubscription}. */
  readonly callbackQuery?: string | null;
  /** Sealed; `null` for none. Where they are not named, those there are do not follow to another origin. */
  readonly headers?: string | null;
  readonly memory: SubscriptionMemory;
}

export interface PauseSubscription extends ChangeCommand {
  readonly type: 'pause-subscription';
}

/** Also out of `disabled`. */
export interface ResumeSubscription extends ChangeCommand {
  readonly type: 'resume-subscription';
}

/** The dispatcher's: the endpoint is dead. */
export interface DisableSubscription extends ChangeCommand {
  readonly type: 'disable-subscription';
  readonly reason: DisabledReason;
  /** As it was when the endpoint was found dead: what has changed since may have mended it. */
  readonly revision: number;
}

export interface DeleteSubscription extends ChangeCommand {
  readonly type: 'delete-subscription';
}

export interface RotateSecret extends ChangeCommand {
  readonly type: 'rotate-secret';
  /** The new one, sealed. */
  readonly secret: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly now: string;
  /** So long the old ones sign on. */
  readonly overlapSeconds: number;
}

/** The dispatcher's. A repeat has no effect: it is known by its feed, its event and the time. */
export interface RecordDeadLetter extends DeadLetter {
  readonly type: 'record-dead-letter';
}

export interface SendTest {
  readonly type: 'send-test';
  readonly subscriptionId: string;
}

export type SubscriptionCommand =
  | CreateSubscription
  | UpdateSubscription
  | PauseSubscription
  | ResumeSubscription
  | DisableSubscription
  | DeleteSubscription
  | RotateSecret
  | RecordDeadLetter
  | SendTest;
