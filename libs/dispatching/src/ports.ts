import type { Position, RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import type { CursorState } from './cursor.js';
import type { StopSignal } from './stop-signal.js';

/** A subscription as one change left it. */
export interface RevisedSubscription extends Subscription {
  /** Goes up with each change. */
  readonly revision: number;
}

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * One dispatcher's hold on the cursors of a partition. A later claim by another ends it, so that of two dispatchers
 * that both believe to be in charge only one can move a cursor.
 */
export interface CursorClaim extends Partition {
  /** UUID of the dispatcher. */
  readonly owner: string;
}

/** Events of one partition in log order, and where to go on. */
export interface EventBatch {
  readonly events: readonly RecordedEvent[];
  readonly next: number;
}

/** What is new: the log from `first` up to `next`. */
export interface TailBatch extends EventBatch {
  readonly first: number;
}

/** The history of the log. */
export interface EventSource {
  /**
   * A bounded batch of the events from an offset on. At the end of the log: none, and `next` is the offset asked for.
   * @throws when the log does not answer (by rejection).
   */
  read(from: Position): Promise<EventBatch>;
}

export interface ClaimedCursor {
  readonly state: CursorState;
  /** Whether the subscription has parked deliveries in this partition. */
  readonly hasParked: boolean;
}

export interface CursorStore {
  /**
   * Takes the cursors of active subscriptions over. One that has none yet begins at offset 0: the partition is younger
   * than the subscription.
   */
  claim(claim: CursorClaim, subscriptionIds: readonly string[]): Promise<ReadonlyMap<string, ClaimedCursor>>;
  /** Saves what is still held, and returns the subscriptions of which another dispatcher has the cursor. */
  save(claim: CursorClaim, cursors: ReadonlyMap<string, CursorState>): Promise<readonly string[]>;
}

/** A dead letter (with attempts), or an event held back behind one (without). */
export interface ParkedDelivery {
  readonly lane: string;
  readonly position: Position;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

export interface ParkedDeliveries {
  /** The offset of the first parked delivery of each of these lanes that has one. */
  firstOffsets(
    claim: CursorClaim,
    subscriptionId: string,
    lanes: readonly string[],
  ): Promise<ReadonlyMap<string, number>>;
  /** Durable once resolved; repeats are ignored. `false` when another dispatcher has the cursor: nothing was written. */
  park(claim: CursorClaim, subscriptionId: string, deliveries: readonly ParkedDelivery[]): Promise<boolean>;
}

/** One HTTP try of one delivery. */
export interface AttemptRequest {
  readonly subscription: Subscription;
  readonly event: RecordedEvent;
  /** The event owed to the subscription just before, in the order of the partition. */
  readonly previousEventId: string | null;
  /** From 1. */
  readonly attempt: number;
}

export interface FailedAttempt {
  readonly outcome: 'failed';
  /** Kebab-case: `status`, `timeout`, `connection-reset` … */
  readonly reason: string;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

export type AttemptOutcome = { readonly outcome: 'delivered'; readonly status: number } | FailedAttempt;

export interface WebhookClient {
  /** Settles within the subscription's timeout, or soon after the signal; what goes wrong is an outcome, not an error. */
  attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome>;
}

export interface Timers {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Resolves after the time, or at once when stopped. */
  sleep(ms: number, stop?: StopSignal): Promise<void>;
}
