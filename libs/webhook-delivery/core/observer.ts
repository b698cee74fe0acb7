import { asError, type TopicPartition } from '#libs/kernel';
import type { AttemptOutcome, AttemptRequest, Feed } from './ports.js';

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

/** Wraps an observer so that it cannot throw: an unreported delivery would otherwise be repeated for ever. */
export function unfailing(observer: DispatchObserver, onFault: (error: Error) => void): DispatchObserver {
  const tell = (telling: () => void): void => {
    try {
      telling();
    } catch (thrown) {
      onFault(asError(thrown));
    }
  };
  return {
    attempted: (report) => tell(() => observer.attempted(report)),
    lookedAt: (partition, events) => tell(() => observer.lookedAt(partition, events)),
    counted: (feed, fate, events) => tell(() => observer.counted(feed, fate, events)),
    lost: (partition) => tell(() => observer.lost(partition)),
    failed: (stage, partition, error) => tell(() => observer.failed(stage, partition, error)),
    crashed: (partition, feedId, error) => tell(() => observer.crashed(partition, feedId, error)),
  };
}
