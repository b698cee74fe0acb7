import { Counter, Gauge, Histogram } from 'prom-client';
import type { FeedLag } from '../core/partition/partition-dispatcher.js';

/** A replay is another class than what is delivered as it comes: each has its own pace. */
export type FeedClass = 'live' | 'replay';

export const attempts = new Counter({
  name: 'orderstream_webhook_attempts_total',
  help: 'HTTP attempts to deliver. Those that failed were retried, or became dead letters.',
  labelNames: ['class', 'outcome'],
});

export const attemptSeconds = new Histogram({
  name: 'orderstream_webhook_attempt_seconds',
  help: 'Time from the start of an attempt to its outcome.',
  labelNames: ['class', 'outcome'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
});

export const latencySeconds = new Histogram({
  name: 'orderstream_webhook_latency_seconds',
  help: 'Time from an event to its acceptance by a subscriber to whom it was delivered as it came.',
  buckets: [0.002, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600],
});

export const deliveries = new Counter({
  name: 'orderstream_webhook_deliveries_total',
  help:
    'Events owed to subscribers, by what became of them: owed = delivered + skipped + (held - redriven) + pending. ' +
    'A held event is parked in the database and waits for a retry or for an operator.',
  labelNames: ['class', 'fate'],
});

export const lookedAt = new Counter({
  name: 'orderstream_webhook_events_total',
  help: 'Events that were looked at as they came, once for all subscriptions: owed to at least one, or filtered, to none.',
  labelNames: ['topic', 'fate'],
});

export const failures = new Counter({
  name: 'orderstream_webhook_dispatch_failures_total',
  help: 'What the dispatcher itself could not do at once, by stage.',
  labelNames: ['stage'],
});

let readLags: () => readonly FeedLag[] = () => [];

/** Registered by being made. */
export const feedLag = new Gauge({
  name: 'orderstream_webhook_lag',
  help: 'Offsets between what was delivered and the end of the log, of the feed and partition that is furthest behind.',
  labelNames: ['class'],
  collect() {
    const lags = readLags();
    for (const name of ['live', 'replay'] as const) {
      const own = lags.filter((each) => each.isReplay === (name === 'replay'));
      this.set({ class: name }, Math.max(0, ...own.map(({ lag }) => lag)));
    }
  },
});

export const pendingDeliveries = new Gauge({
  name: 'orderstream_webhook_pending',
  help: 'Deliveries that are under way, or wait in memory.',
  collect() {
    this.set(readLags().reduce((sum, { pending }) => sum + pending, 0));
  },
});

export const activeFeeds = new Gauge({
  name: 'orderstream_webhook_awake_feeds',
  help: 'Subscriptions and replays that something is owed to, counted in each partition.',
  collect() {
    this.set(readLags().length);
  },
});

/** Where the lags come from when they are asked for. */
export function observeLags(lags: () => readonly FeedLag[]): void {
  readLags = lags;
}
