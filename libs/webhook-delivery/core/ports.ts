import type { RecordedEvent, TopicPartition } from '#libs/kernel';
import type { PositionVector, Subscription, SubscriptionRule } from '#libs/webhooks';
import type { RawHeaders } from './exchange/answer-headers.js';

/** A subscription's live events, or a replay of past ones. Each feed has its own cursors, lanes and rate. */
export interface Feed {
  /** Id of the subscription or of the replay. */
  readonly feedId: string;
  /** `null` for live delivery. */
  readonly replayId: string | null;
  /** Increases with each change. */
  readonly revision: number;
  readonly subscription: Subscription;
  /** Sorted by where they begin. The last rule that begins at or before an event decides whether the event is owed. */
  readonly rules: readonly SubscriptionRule[];
  readonly start: PositionVector;
  /** Exclusive end of a replay, for the partitions that it covers; `null` for live delivery, which has no end. */
  readonly until: PositionVector | null;
}

/**
 * One dispatcher's claim to the cursors of a partition. A later claim supersedes it, so when two dispatchers both
 * believe that they own the partition, only one of them can move a cursor.
 */
export interface PartitionClaim extends TopicPartition {
  /** UUID of the dispatcher's claim. */
  readonly owner: string;
}

/** Offsets from `from` up to `to`, exclusive. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

export interface CursorState {
  /** Everything below is finished. */
  readonly watermark: number;
  /** Finished offsets above the watermark, as ordered ranges, so the size depends only on the unfinished ones. */
  readonly finished: readonly OffsetRange[];
  /** Id of the last owed event below the watermark. */
  readonly previousEventId: string | null;
}

/** A cursor as the database stores it. */
export interface SavedCursor extends CursorState {
  /**
   * The cursor moves with the partition's scanned offset and has nothing finished above its watermark. A subscriber to
   * whom nothing is owed therefore costs no writes.
   */
  readonly idle: boolean;
  /** Revision of the rules that everything before the cursor was matched against. */
  readonly rulesRevision: number;
  /** Increases with each rewind for newer rules, so that a rewound cursor is not mistaken for an older state. */
  readonly generation: number;
}

/** A cursor as the database has it, with the state of the lanes at the same moment. */
export interface FoundCursor {
  readonly cursor: SavedCursor;
  /** Whether the feed has blocked lanes in this partition. */
  readonly hasBlockedLanes: boolean;
}

/** A delivery that waits in the database: the failed front of its lane, or one of those behind it. */
export interface ParkedDelivery {
  readonly feedId: string;
  readonly lane: string;
  readonly offset: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly previousEventId: string | null;
}

/** A delivery that moves to a lane of its own, so that the lane it leaves goes on. */
export interface DetachedDelivery extends Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'> {
  readonly newLane: string;
}

/** A lane that waits in the database because its front delivery failed. */
export interface BlockedLane {
  readonly feedId: string;
  readonly subscriptionId: string;
  readonly lane: string;
  /** Of its front delivery, which all that follows is about. */
  readonly offset: number;
  /** Attempts made. */
  readonly attempts: number;
  /** Time of the next attempt, in milliseconds since 1970; `null` for a dead letter, which waits for an operator. */
  readonly retryAt: number | null;
  readonly lastError: string | null;
  /** Revision of the endpoint that failed. The attempts do not count against another one. */
  readonly endpointRevision: number;
}

/** One save of a partition, written as a whole or not at all. */
export interface PartitionChanges {
  /** Increases with each save of a claim, so that a save which timed out and arrives late is ignored. */
  readonly number: number;
  /** Everything below this offset was matched against all idle feeds. */
  readonly scannedOffset: number;
  readonly cursors: ReadonlyMap<string, SavedCursor>;
  /**
   * Rows to insert. A lane that does not exist yet is created and due at once, unless it is in `lanes`. So is a lane that
   * gets a new front, as when a change is heard late: the attempts were those of the former one.
   */
  readonly parked: readonly ParkedDelivery[];
  /** The present state of changed lanes. One that is about another delivery than the lane's front is ignored. */
  readonly lanes: readonly BlockedLane[];
  /**
   * Idle feeds that are no longer served, for example because they are paused. Their cursors are pinned at
   * `scannedOffset` and move no further with those of other idle feeds.
   */
  readonly pinned: readonly string[];
  /** Skipped dead letters: rows that move to a lane of their own, where they block nothing. */
  readonly detached: readonly DetachedDelivery[];
  /** Rows to delete. An empty lane is deleted too; any other is due at once, with its attempts reset. */
  readonly delivered: readonly Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'>[];
}

/** A save that changes nothing but cursors and the scanned offset. */
export interface CursorSave {
  readonly claim: PartitionClaim;
  readonly changes: Pick<PartitionChanges, 'number' | 'scannedOffset' | 'cursors'>;
}

/** Limits a query for due lanes, so that the lanes of one feed cannot hide those of others. */
export interface DueBounds {
  readonly perFeed: number;
  readonly limit: number;
  /** Feeds to leave out. */
  readonly except: readonly string[];
}

export interface DispatchStore {
  /** Takes the partition over from its present owner. @returns the scanned offset, or `end` without a former owner */
  claim(claim: PartitionClaim, end: number): Promise<number>;
  /**
   * Pins the cursors of all idle feeds but the served ones, which must not move on while nobody serves them. Call it
   * before the scanned offset moves.
   */
  pinOthers(claim: PartitionClaim, served: readonly string[]): Promise<void>;
  /**
   * Cursors of those feeds that are not idle, or were matched against rules of another revision than the given one;
   * `null` for a feed without a cursor. A superseded dispatcher may still ask while its successor saves: each cursor and
   * its lanes come from one snapshot, or a delivery parked in between would be passed by those behind it.
   */
  activeCursors(
    claim: PartitionClaim,
    revisions: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, FoundCursor | null>>;
  /** As {@link activeCursors}, for these feeds, idle or not. A feed without a cursor is left out. */
  cursorsOf(claim: PartitionClaim, feedIds: readonly string[]): Promise<ReadonlyMap<string, FoundCursor>>;
  /** Returns `false` and writes nothing when another dispatcher owns the partition. */
  save(claim: PartitionClaim, changes: PartitionChanges): Promise<boolean>;
  /**
   * Saves several partitions at once, each as a whole or not at all, and waits for none that somebody else has locked.
   * @returns the claims whose partitions were saved. The others are unchanged; {@link save} tells why, or succeeds.
   */
  saveCursors(saves: readonly CursorSave[]): Promise<ReadonlySet<PartitionClaim>>;
  /** Returns the blocked lanes among these of one feed. */
  blockedAmong(claim: PartitionClaim, feedId: string, lanes: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Makes lanes due at once that wait for a retry at a former endpoint, because that endpoint's pause does not apply to
   * the present one. Call it when nothing more is saved for the former revision of these feeds.
   * @param endpointRevisions by feed
   */
  makeLanesDue(claim: PartitionClaim, endpointRevisions: ReadonlyMap<string, number>): Promise<void>;
  /** Returns the claims among these whose partitions have blocked lanes with a retry time, due or not. */
  withRetries(claims: readonly PartitionClaim[]): Promise<ReadonlySet<PartitionClaim>>;
  /** The lanes whose retry is due, longest due first. */
  dueLanes(claim: PartitionClaim, now: number, bounds: DueBounds): Promise<readonly BlockedLane[]>;
  /** The first deliveries of a lane, in order. */
  parkedDeliveries(
    claim: PartitionClaim,
    feedId: string,
    lane: string,
    limit: number,
  ): Promise<readonly ParkedDelivery[]>;
}

/** One HTTP attempt. */
export interface AttemptRequest {
  readonly subscription: Subscription;
  readonly replayId: string | null;
  /** One event; in batch mode several of one partition, in log order. */
  readonly events: readonly [RecordedEvent, ...RecordedEvent[]];
  /** Id of the event that was owed to the feed just before the first one, in partition order. */
  readonly previousEventId: string | null;
  /** From 1. */
  readonly attempt: number;
  /** Everything owed to the feed below this offset of the partition is finished: delivered, skipped or parked. */
  readonly watermark: number;
  /** The trace context to send. Default: made from that of the first event. */
  readonly traceparent?: string;
}

interface Answered {
  readonly status?: number | undefined;
  /** The first KiB of the response body, as text. */
  readonly answer?: string | undefined;
  readonly answerHeaders?: RawHeaders | undefined;
  /** The trace context that was sent, where the attempt has a span. */
  readonly traceparent?: string;
}

/** Why an attempt failed. Subscribers see these codes; docs/webhook-deliveries.md explains each. */
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

interface SuccessfulAttempt extends Answered {
  readonly outcome: 'delivered';
  readonly status: number;
}

export type AttemptOutcome = SuccessfulAttempt | FailedAttempt;

export interface WebhookClient {
  /** Resolves within the subscription's timeout, or soon after the signal. A failure is an outcome, not an error. */
  attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome>;
}

export interface AttemptReport extends AttemptRequest {
  readonly feedId: string;
  /** Start of the attempt, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  /** Time until the next attempt; `null` when the delivery succeeded, became a dead letter, or was cut short by a stop. */
  readonly retryInMs: number | null;
  readonly becomes: 'delivered' | 'retried' | 'dead-letter' | 'cut-short';
}

/** Where the dispatcher failed; it retries by itself. `partition` is a bug, after which the whole partition restarts. */
export type FailedStage = 'read' | 'claim' | 'activate' | 'save' | 'lanes' | 'partition';

/** The fate of an owed event. Each ends up delivered, skipped or parked; a parked one may be redriven. */
export type DeliveryFate = 'owed' | 'delivered' | 'skipped' | 'parked' | 'redriven';

/** Receives what a dispatcher does, for logs, metrics and the delivery log. Must not throw. */
export interface DispatchObserver {
  attempted(report: AttemptReport): void;
  /** New events were matched: `owed` of them to at least one subscription, `filtered` to none. */
  lookedAt(partition: TopicPartition, events: { readonly owed: number; readonly filtered: number }): void;
  counted(feed: Feed, fate: DeliveryFate, events: number): void;
  /** Another dispatcher has taken the partition over, and this one has stopped delivering. */
  lost(partition: TopicPartition): void;
  failed(stage: FailedStage, partition: TopicPartition, error: Error): void;
  /** A bug ended a feed; it restarts from its saved cursor. */
  crashed(partition: TopicPartition, feedId: string, error: Error): void;
}
