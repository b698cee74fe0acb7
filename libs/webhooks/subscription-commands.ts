import type { DeadLetter } from './dead-letter-notices.js';
import type { EndpointHealth } from './endpoint-health.js';
import type { RetryPolicy } from './retry-policy.js';
import type { StartFrom } from './start-from.js';
import type { PositionVector } from './subscription.js';
import type { DisabledReason, SubscriptionSettings } from './subscription-state.js';

interface ChangeCommand {
  readonly subscriptionId: string;
  /** The ends of all event partitions when the command arrived, at which the rules change. */
  readonly positions: PositionVector;
}

export interface CreateSubscription extends ChangeCommand {
  readonly type: 'create-subscription';
  readonly settings: SubscriptionSettings;
  /** Sealed. */
  readonly secret: string;
  /** The query of the callback URL, which excludes it; sealed. `null` for none. */
  readonly callbackQuery: string | null;
  /** Sealed; `null` for none. */
  readonly headers: string | null;
  readonly startFrom: StartFrom;
  /** The positions that `startFrom` stands for. */
  readonly start: PositionVector;
  /** The tenant's number of subscriptions, as far as is known. */
  readonly existing: number;
  readonly limit: number;
  readonly memory: SubscriptionMemory;
}

/** Memory of the tenant's subscriptions, as far as is known, and its limit, as {@link jsonBytes} of their states. */
export interface SubscriptionMemory {
  readonly bytes: number;
  readonly limit: number;
}

export type SettingChanges = Partial<Omit<SubscriptionSettings, 'retry'>> & {
  readonly retry?: Partial<RetryPolicy>;
};

/** Settings that are not named stay unchanged. */
export interface UpdateSubscription extends ChangeCommand {
  readonly type: 'update-subscription';
  readonly changes: SettingChanges;
  /** The query of a new callback URL, as in {@link CreateSubscription}. */
  readonly callbackQuery?: string | null;
  /** Sealed; `null` for none. If absent, the present headers stay, except when the callback URL moves to another origin. */
  readonly headers?: string | null;
  readonly memory: SubscriptionMemory;
}

export interface PauseSubscription extends ChangeCommand {
  readonly type: 'pause-subscription';
}

/** Resumes a paused or disabled subscription. */
export interface ResumeSubscription extends ChangeCommand {
  readonly type: 'resume-subscription';
}

/** Sent by the dispatcher when the endpoint is dead. */
export interface DisableSubscription extends ChangeCommand {
  readonly type: 'disable-subscription';
  readonly reason: DisabledReason;
  /** The revision at which the endpoint was found dead; a later change may have fixed it. */
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
  /** How long old secrets keep signing. */
  readonly overlapSeconds: number;
}

/** Sent by the dispatcher. A repeat, recognised by feed, event and time, has no effect. */
export interface RecordDeadLetter extends DeadLetter {
  readonly type: 'record-dead-letter';
}

/** Sent by the dispatcher when the owner should hear how the endpoint fares. A repeat or a late one has no effect. */
export interface ReportHealth {
  readonly type: 'report-health';
  readonly subscriptionId: string;
  /** The revision at which the dispatcher looked; a later change may have fixed the endpoint. */
  readonly revision: number;
  /** The warning that the owner had by then. */
  readonly former: EndpointHealth['warning'];
  readonly health: EndpointHealth;
  readonly attempts: number;
  readonly failed: number;
  readonly lastError: string | null;
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
  | ReportHealth
  | SendTest;
