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
  /** Sealed; `null` for none. */
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

/** What is to be told of a delivery that ran out of attempts. */
export interface DeadLetter {
  readonly subscriptionId: string;
  /** The subscription's id, or the replay's. */
  readonly feedId: string;
  readonly replayId: string | null;
  readonly eventId: string;
  readonly eventType: string;
  /** `orders/3@17`. */
  readonly position: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** The dispatcher's. Comes under a command id that follows from feed and event, so that a repeat has no effect. */
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
