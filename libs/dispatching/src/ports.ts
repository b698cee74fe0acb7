import type { RecordedEvent, TopicPartition } from '#libs/kernel';
import type { SubscriptionRule, PositionVector, Subscription } from '#libs/webhooks';
import type { CursorState } from './cursors/cursor.js';
import type { StopSignal } from './timing/stop-signal.js';

/**
 * What is delivered to one subscriber: a subscription's events as they come, or a replay of old ones. It has cursors,
 * lanes and a rate of its own.
 */
export interface Feed {
  /** The subscription's id, or the replay's. */
  readonly feedId: string;
  /** `null` for live delivery. */
  readonly replayId: string | null;
  /** Goes up with each change. */
  readonly revision: number;
  /** By which deliveries are made. */
  readonly subscription: Subscription;
  /** What is owed: of each event the last rule decides that begins at or before it. In the order in which they begin. */
  readonly rules: readonly SubscriptionRule[];
  /** Where it begins. */
  readonly start: PositionVector;
  /** Where it ends (not included), and in which partitions at all; `null` for live delivery, which has no end. */
  readonly until: PositionVector | null;
}

/**
 * One dispatcher's hold on the cursors of a partition. A later claim by another ends it, so that of two dispatchers
 * that both believe to be in charge only one can move a cursor.
 */
export interface PartitionClaim extends TopicPartition {
  /** UUID of the dispatcher's claim. */
  readonly owner: string;
}

/** A cursor as it is kept. */
export interface SavedCursor extends CursorState {
  /**
   * At rest, with nothing finished above the watermark: it has come as far as the partition's `rest`, if that is further.
   * So that a subscriber to whom nothing is owed costs no write.
   */
  readonly idle: boolean;
  /** By the rules of which revision all was judged that it has come past. */
  readonly rulesRevision: number;
  /** Goes up each time that it goes back for what newer rules owe: so that this is not taken for an older state. */
  readonly generation: number;
}

/** A delivery that waits in the database, in its lane: the front one failed, the others are held back behind it. */
export interface ParkedDelivery {
  readonly feedId: string;
  readonly lane: string;
  readonly offset: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly previousEventId: string | null;
}

/** A delivery that leaves its lane, which goes on as if it were settled. */
export interface DetachedDelivery extends Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'> {
  readonly newLane: string;
}

/** A lane that waits in the database. */
export interface BlockedLane {
  readonly feedId: string;
  readonly subscriptionId: string;
  readonly lane: string;
  /** Tries of the front delivery. */
  readonly attempts: number;
  /** Milliseconds since 1970 of the next try; `null` when it has become a dead letter, and waits for a person. */
  readonly retryAt: number | null;
  readonly lastError: string | null;
  /** The endpoint that it has failed at. Of another one its attempts say nothing. */
  readonly endpointRevision: number;
}

/** What a dispatcher writes down of a partition, all of it or nothing. */
export interface PartitionChanges {
  /** Higher with each save of a claim: one that was given up and arrives late is ignored. */
  readonly number: number;
  /** All cursors at rest have come as far as this offset. */
  readonly scannedOffset: number;
  readonly cursors: ReadonlyMap<string, SavedCursor>;
  /** Rows that come. A lane that is not there yet comes with them, due at once, unless it is in `lanes`. */
  readonly parked: readonly ParkedDelivery[];
  /** Lanes as they are now. */
  readonly lanes: readonly BlockedLane[];
  /**
   * Feeds at rest that are not served any more (paused, for one): their rest ends at `rest`, so that they come no further
   * with the others.
   */
  readonly pinned: readonly string[];
  /** Rows that leave their lane for one of their own, which holds nothing up: dead letters that are skipped. */
  readonly detached: readonly DetachedDelivery[];
  /** Rows that go: delivered. A lane of which none is left goes too, else it is due at once, with no attempts. */
  readonly delivered: readonly Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'>[];
}

/** Which of the lanes that are due are looked for, so that none hides those of others. */
export interface DueBounds {
  readonly perFeed: number;
  readonly limit: number;
  /** Feeds that are passed over. */
  readonly except: readonly string[];
}

export interface DispatchStore {
  /** Takes the partition over from whoever had it. @returns `rest`; `end` when nobody had it before. */
  claim(claim: PartitionClaim, end: number): Promise<number>;
  /**
   * Ends the rest of all feeds but these, where they stand: a feed that nobody serves (paused, for one) must not come
   * further with the others. To be called before `rest` moves.
   */
  pinOthers(claim: PartitionClaim, served: readonly string[]): Promise<void>;
  /**
   * Those of these feeds that are not at rest, or were judged by the rules of another revision than the one given here;
   * `null` for one that has no cursor yet.
   */
  activeCursors(
    claim: PartitionClaim,
    revisions: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, SavedCursor | null>>;
  /** The cursors of feeds at rest; one that has gone is left out. */
  cursorsOf(claim: PartitionClaim, feedIds: readonly string[]): Promise<ReadonlyMap<string, SavedCursor>>;
  /** `false`, and nothing is written, when another dispatcher has the partition. */
  save(claim: PartitionClaim, changes: PartitionChanges): Promise<boolean>;
  /** Those of these feeds that have lanes waiting in this partition. */
  withBlockedLanes(claim: PartitionClaim, feedIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which of these lanes of a feed wait. */
  blockedAmong(claim: PartitionClaim, feedId: string, lanes: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Lanes that wait for their next try at another endpoint than these feeds have now are due at once: how long the former
   * one was to be spared is nothing to this one. To be called when nothing more is saved of the feeds as they were.
   * @param endpointRevisions by feed
   */
  makeLanesDue(claim: PartitionClaim, endpointRevisions: ReadonlyMap<string, number>): Promise<void>;
  /** The lanes whose next try is due, longest due first. */
  dueLanes(claim: PartitionClaim, now: number, bounds: DueBounds): Promise<readonly BlockedLane[]>;
  /** The first of a lane, in order. */
  parkedDeliveries(
    claim: PartitionClaim,
    feedId: string,
    lane: string,
    limit: number,
  ): Promise<readonly ParkedDelivery[]>;
}

/** One HTTP try of one delivery. */
export interface AttemptRequest {
  readonly subscription: Subscription;
  readonly replayId: string | null;
  /** One; in batch mode several, in log order, of one partition. */
  readonly events: readonly [RecordedEvent, ...RecordedEvent[]];
  /** The event owed to the feed just before the first, in the order of the partition. */
  readonly previousEventId: string | null;
  /** From 1. */
  readonly attempt: number;
}

interface Answered {
  readonly status?: number | undefined;
  /** The first KiB of the answer, as text. */
  readonly answer?: string | undefined;
}

/** Why an attempt failed. Subscribers see it, so each is explained in docs/webhook-deliveries.md. */
export const ATTEMPT_FAILURES = [
  'status',
  'timeout',
  'name-not-found',
  'unreachable',
  'connect-timeout',
  'connection-refused',
  'connection-reset',
  'connection-failed',
  'tls',
  'invalid-answer',
  'unexpected-upgrade',
  'https-required',
  'private-target',
  'port-not-allowed',
  'invalid-request',
  'aborted',
  'internal-error',
] as const;
export type AttemptFailure = (typeof ATTEMPT_FAILURES)[number];

export interface FailedAttempt extends Answered {
  readonly outcome: 'failed';
  readonly reason: AttemptFailure;
  readonly retryAfterMs?: number | undefined;
}

export interface SuccessfulAttempt extends Answered {
  readonly outcome: 'delivered';
  readonly status: number;
}

export type AttemptOutcome = SuccessfulAttempt | FailedAttempt;

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
