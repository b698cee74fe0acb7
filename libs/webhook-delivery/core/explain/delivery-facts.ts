import type { RecordedEvent } from '#libs/kernel';
import type { LiveSubscription } from '#libs/webhooks';
import type { CursorState, ParkedDelivery, SavedCursor } from '../ports.js';

/** The parts of a subscription that decide what became of an event. */
export type ExplainedSubscription = Pick<
  LiveSubscription,
  'subscriptionId' | 'status' | 'disabledReason' | 'stoppedAt' | 'ordering' | 'batch' | 'start' | 'rules'
> & { readonly tenant: string };

/** A blocked lane. Times are RFC 3339. */
export interface LaneFacts {
  readonly lane: string;
  /** Attempts made of the first delivery. */
  readonly attempts: number;
  /** `null` behind a dead letter. */
  readonly retryAt: string | null;
  readonly lastError: string | null;
  /** Time of the first failed attempt since the last success of the lane. */
  readonly failingSince: string | null;
  /** Time at which its first delivery became a dead letter. */
  readonly deadSince: string | null;
  /** Its first delivery, for which all others wait. */
  readonly front: Pick<ParkedDelivery, 'eventId' | 'eventType' | 'offset'>;
}

/** One attempt, as the delivery log has it. */
export interface AttemptFacts {
  /** RFC 3339. */
  readonly at: string;
  readonly attempt: number;
  readonly statusCode: number | null;
  readonly error: string | null;
}

/** What the delivery log still has of a delivery. It may lack attempts, and forgets them after some days. */
export interface LoggedFacts {
  readonly delivered: AttemptFacts | null;
  readonly lastFailed: AttemptFacts | null;
  /** Replays of the subscription that delivered the event too. */
  readonly replays: readonly string[];
}

/** What is known of one event and one subscription. Cursor, lanes and skips are of one moment. */
export interface DeliveryFacts {
  readonly event: RecordedEvent;
  readonly subscription: ExplainedSubscription;
  /** An idle one stands at the scanned offset. `null` if no dispatcher has begun the partition for the subscription. */
  readonly cursor: Pick<SavedCursor, keyof CursorState | 'rulesRevision'> | null;
  /** The delivery waits in `lane`. Otherwise `lane` is the one that it would be delivered in. */
  readonly isParked: boolean;
  /** `null` if the lane is not blocked. */
  readonly lane: LaneFacts | null;
  /** Time at which an operator skipped the delivery. */
  readonly skippedAt: string | null;
  readonly log: LoggedFacts;
}

/** Whether the cursor has finished an offset. */
export const hasFinished = (
  { watermark, finished }: Pick<CursorState, 'watermark' | 'finished'>,
  offset: number,
) => offset < watermark || finished.some(({ from, to }) => from <= offset && offset < to);
