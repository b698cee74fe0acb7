import type { LogReader, SizedEvent } from '#libs/kernel';
import type { ActiveFeedLimits, ActiveFeedPorts } from '../feeds/active-feed.js';
import type { DispatchStore } from '../ports.js';

export interface DispatchPorts extends ActiveFeedPorts {
  readonly log: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly store: DispatchStore;
}

export interface DispatchLimits extends ActiveFeedLimits {
  /** Pause between queries for due lanes. */
  readonly lookEveryMs: number;
  /** Lanes in work at once, in a partition and of one feed in it, so that no endpoint and no tenant takes all places. */
  readonly atOnce: number;
  readonly atOnceOfFeed: number;
  /** A tail that is silent for this long is continued from the log. */
  readonly tailSilenceMs: number;
  readonly saveIntervalMs: number;
  /** Time for attempts in flight to end at a stop, in milliseconds. */
  readonly stopGraceMs: number;
  /** First backoff of a crashed feed, in milliseconds. */
  readonly restartPauseMs: number;
  /** Bounds of each partition's tail, which all live feeds share. */
  readonly tailEvents: number;
  readonly tailBytes: number;
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
  tailSilenceMs: 1_000,
  saveIntervalMs: 150,
  stopGraceMs: 5_000,
  restartPauseMs: 2_000,
  tailEvents: 2_000,
  tailBytes: 2_097_152,
  batchEvents: 200,
};
