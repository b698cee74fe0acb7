import type { TopicPartition } from '#libs/kernel';
import type { AttemptOutcome, AttemptRequest, Feed } from './ports.js';

export interface AttemptReport extends AttemptRequest {
  readonly feedId: string;
  /** When it began: milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  /**
   * When the next attempt of this delivery is due; `null` when there is none: delivered, or a dead letter, or cut short
   * by a stop.
   */
  readonly retryInMs: number | null;
  readonly becomes: 'delivered' | 'retried' | 'dead-letter' | 'cut-short';
}

/** At what the dispatcher failed; it tries again by itself. `partition`: a fault of ours; all of it is begun again. */
export type FailedStage = 'read' | 'claim' | 'activate' | 'save' | 'lanes' | 'partition';

/** What happened to an owed event. Every owed one is delivered, skipped or held in the end; held ones may come again. */
export type DeliveryFate = 'owed' | 'delivered' | 'skipped' | 'parked' | 'redriven';

/** What the dispatcher tells the outside: for logs, metrics and the delivery log. Must not throw. */
export interface DispatchObserver {
  attempted(report: AttemptReport): void;
  /** So many events were looked at as they came: `owed` of them to at least one subscription, and `filtered` to none. */
  lookedAt(partition: TopicPartition, events: { readonly owed: number; readonly filtered: number }): void;
  /** So many events of a feed. */
  counted(feed: Feed, fate: DeliveryFate, events: number): void;
  /** Another dispatcher has taken the partition over: this one has stopped delivering. */
  lost(partition: TopicPartition): void;
  failed(stage: FailedStage, partition: TopicPartition, error: Error): void;
  /** A fault of ours ended a feed; it is begun again from its saved cursor. */
  crashed(partition: TopicPartition, feedId: string, error: Error): void;
}
