/** Deliveries to subscribers and faults of dispatchers: one half of the evidence that checks compare, the log being the other. */
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
  /** The position of the last event. */
  readonly position: string | undefined;
  readonly previous: string | null;
  /** The receiver has it, whatever the sender heard. */
  readonly taken: boolean;
  /** Answered 2xx at once. On a slow machine the sender may have given up by then. */
  readonly answered: boolean;
}

/** A request that its sender took for delivered. */
export interface LoggedDelivery {
  readonly at: number;
  readonly feedId: string;
  /** In batch mode, of several. */
  readonly firstId: string;
}

/** The events that a subscription or a replay asks for. */
export interface Feed {
  readonly feedId: string;
  readonly name: string;
  readonly eventTypes: readonly string[];
  /** Versions that an event may have, all when absent. */
  readonly versions: readonly number[] | undefined;
  readonly ordering: Ordering;
  /** Whether it has all from the first event of the log on, or begins somewhere; and ends somewhere, or not at all. */
  readonly fromBeginning: boolean;
  readonly ends: boolean;
  /** It must have every matching event whose command was sent after the first time and acknowledged before the second. */
  readonly sentAfter: number;
  readonly knownBefore: number;
  readonly receipts: readonly Receipt[];
  /** Gaps that the receiver sees, in the end. */
  readonly gaps: readonly string[];
}

/** The events that a subscription asks for from a position on, until the next rule. */
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

/** The log, and what clients know of it. */
export interface LogEvidence {
  readonly log: readonly LogEvent[];
  readonly acknowledged: readonly Acknowledged[];
  readonly rules: FeedRules;
}

export interface WebhookEvidence extends LogEvidence {
  readonly feeds: readonly Feed[];
  /** Faults that can cause repeated deliveries. */
  readonly interruptions: readonly Interruption[];
  readonly delivered: readonly LoggedDelivery[];
  /** Requests whose signature was by no secret that was valid then. */
  readonly unsigned: readonly Refusal[];
  /** Most requests to one subscription that a dispatcher has in flight. */
  readonly concurrency: number;
}
