import type { AttemptOutcome, AttemptRequest, ParkedDelivery, Partition } from './ports.js';

export interface AttemptReport extends AttemptRequest {
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  /** When the next attempt of this delivery is due; `null` when there is none. */
  readonly retryInMs: number | null;
}

/** At what the dispatcher failed; it tries again by itself. */
export type FailedStage = 'read' | 'claim' | 'park' | 'save';

/** What the dispatcher tells the outside: for logs and metrics. Must not throw. */
export interface DispatchObserver {
  attempted(report: AttemptReport): void;
  parked(subscriptionId: string, deliveries: readonly ParkedDelivery[]): void;
  /** Another dispatcher has taken the cursor over: this one has stopped delivering to the subscription. */
  lost(partition: Partition, subscriptionId: string): void;
  failed(stage: FailedStage, partition: Partition, error: Error): void;
  /** A fault of ours ended a feed; it is begun again from its saved cursor. */
  crashed(partition: Partition, subscriptionId: string, error: Error): void;
}
