/** What subscribers got, and what was done to those who deliver: one half of what the checks compare, the log the other. */
import type { Interruption } from '../fault-schedule.js';
import type { LogRecord } from '../log-record.js';

export interface LogEvent extends LogRecord {
  readonly topic: string;
}

export type Ordering = 'stream' | 'partition' | 'none';

/** One request as a receiver saw it. Times are milliseconds of one monotonic clock for all. */
export interface Receipt {
  readonly at: number;
  /** By its timestamp, which is in whole seconds. One that was given up may come long after. */
  readonly signedBefore: number;
  readonly replay: string | null;
  /** One; in batch mode several, in order. */
  readonly ids: readonly string[];
  /** Of the last. */
  readonly position: string | undefined;
  readonly previous: string | null;
  /** The receiver has it, whatever the sender heard. */
  readonly taken: boolean;
  /** Answered 2xx at once. On a machine that is too slow the sender may have given it up by then. */
  readonly answered: boolean;
}

/** A request that its sender took for delivered. */
export interface LoggedDelivery {
  readonly at: number;
  readonly feedId: string;
  /** In batch mode, of several. */
  readonly firstId: string;
}

/** What has been asked for, by a subscription or a replay. */
export interface Feed {
  readonly feedId: string;
  readonly name: string;
  readonly eventTypes: readonly string[];
  /** Of its stream, that an event must have. */
  readonly versions: readonly number[] | undefined;
  readonly ordering: Ordering;
  /** Whether it has all from the first event of the log on, or begins somewhere; and ends somewhere, or not at all. */
  readonly fromBeginning: boolean;
  readonly ends: boolean;
  /** Of the events that match, it surely has those whose command a client sent after the one time, and knew of before the other. */
  readonly sentAfter: number;
  readonly knownBefore: number;
  readonly receipts: readonly Receipt[];
  /** Gaps that the receiver sees, in the end. */
  readonly gaps: readonly string[];
}

/** What a subscription asks for from some place on, until the next rule. */
export interface FeedRule {
  /** Offsets by `<topic>/<partition>`; from the beginning where none is named. */
  readonly from: Readonly<Record<string, number>>;
  readonly eventTypes: readonly string[];
  readonly versions: readonly number[] | undefined;
  /** When it was made: milliseconds since 1970. */
  readonly at: number;
}

/** By subscription, in the order in which they begin. */
export type FeedRules = ReadonlyMap<string, readonly FeedRule[]>;

export interface Acknowledged {
  readonly position: string;
  readonly sentAt: number;
  readonly knownAt: number;
}

export interface Refusal {
  readonly feed: string;
  readonly why: string;
}

/** What is known of the log. */
export interface LogEvidence {
  readonly log: readonly LogEvent[];
  readonly acknowledged: readonly Acknowledged[];
  readonly rules: FeedRules;
}

export interface WebhookEvidence extends LogEvidence {
  readonly feeds: readonly Feed[];
  /** What may make deliveries be repeated. */
  readonly interruptions: readonly Interruption[];
  readonly delivered: readonly LoggedDelivery[];
  /** Requests whose signature was by no secret that was valid then. */
  readonly unsigned: readonly Refusal[];
  /** Most requests to one subscription that a dispatcher has in flight. */
  readonly concurrency: number;
}
