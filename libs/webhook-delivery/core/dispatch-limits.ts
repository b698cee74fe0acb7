import type { LogReader, RetryPorts, SizedEvent, TenantShares } from '#libs/kernel';
import type { EndpointLimiters } from './lanes/endpoint-limiter.js';
import type { DispatchObserver, DispatchStore, WebhookClient } from './ports.js';

export interface DispatchPorts extends RetryPorts {
  readonly log: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly store: DispatchStore;
  readonly client: WebhookClient;
  readonly limiters: EndpointLimiters;
  /** Bounds the memory of queued deliveries over all feeds. Each feed always has room for a few. */
  readonly budget: TenantShares;
  readonly observer: DispatchObserver;
}

export interface DispatchLimits {
  /** Events read but not finished, for one feed in one partition. */
  readonly maxQueued: number;
  /** Deliveries that a feed may queue even when the shared memory is used up or too many already wait. */
  readonly fewQueued: number;
  /**
   * Attempts of one feed, over all partitions, that may wait in memory for the endpoint. More would arrive no sooner,
   * and long-lived objects cost the garbage collector most.
   */
  readonly mostWaiting: number;
  /** Finished deliveries that are not saved yet, which is how many a crash can repeat. */
  readonly maxUnsaved: number;
  /** A retry that is due later than this moves to the database instead of waiting in memory, in milliseconds. */
  readonly patienceMs: number;
  /** How long a cursor that only passed events which are not owed may stay unsaved, in milliseconds. */
  readonly idleSaveMs: number;
  /** A feed that is owed nothing for this long becomes idle, in milliseconds. */
  readonly deactivateAfterMs: number;
  /** Pause between queries for due lanes. */
  readonly lookEveryMs: number;
  /** Lanes in work at once, in a partition and of one feed in it, so that no endpoint and no tenant takes all places. */
  readonly atOnce: number;
  readonly atOnceOfFeed: number;
  readonly saveIntervalMs: number;
  /** Time for attempts in flight to end at a stop, in milliseconds. */
  readonly stopGraceMs: number;
  /** Time for saving after that, in milliseconds. */
  readonly stopSaveMs: number;
  /** First backoff of a crashed feed, in milliseconds. */
  readonly restartPauseMs: number;
  /** Bounds of the events in memory that a partition's feeds share. */
  readonly recentEvents: number;
  readonly recentBytes: number;
  /** Events offered to a feed at once. */
  readonly batchEvents: number;
}

export const DEFAULT_DISPATCH_LIMITS: DispatchLimits = {
  maxQueued: 256,
  fewQueued: 4,
  mostWaiting: 256,
  maxUnsaved: 4_000,
  patienceMs: 1_000,
  idleSaveMs: 5_000,
  deactivateAfterMs: 10_000,
  lookEveryMs: 500,
  atOnce: 2_000,
  atOnceOfFeed: 16,
  saveIntervalMs: 150,
  stopGraceMs: 5_000,
  stopSaveMs: 5_000,
  restartPauseMs: 2_000,
  recentEvents: 2_000,
  recentBytes: 2_097_152,
  batchEvents: 200,
};
