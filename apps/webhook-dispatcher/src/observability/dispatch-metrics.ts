import { Counter, Gauge, Histogram } from 'prom-client';
import type { FeedLag } from '#libs/dispatching';

export const attempts = new Counter({
  name: 'orderstream_webhook_attempts_total',
  help: 'HTTP attempts to deliver an event to a subscription.',
  labelNames: ['outcome'],
});

export const attemptSeconds = new Histogram({
  name: 'orderstream_webhook_attempt_seconds',
  help: 'Time from the start of an attempt to its outcome.',
  labelNames: ['outcome'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
});

export const parkedDeliveries = new Counter({
  name: 'orderstream_webhook_parked_total',
  help: 'Deliveries that were parked: dead letters, and what is held back behind them.',
  labelNames: ['kind'],
});

export const failures = new Counter({
  name: 'orderstream_webhook_dispatch_failures_total',
  help: 'What the dispatcher itself could not do at once, by stage.',
  labelNames: ['stage'],
});

let readLags: () => readonly FeedLag[] = () => [];

/** Registered by being made. */
export const feedLag = new Gauge({
  name: 'orderstream_webhook_feed_lag',
  help: 'Offsets between what a subscription has been served and the end of the log, over the partitions of this process.',
  labelNames: ['subscription'],
  collect() {
    this.reset();
    for (const { subscriptionId, lag } of readLags()) this.inc({ subscription: subscriptionId }, lag);
  },
});

/** Where the lags come from when they are asked for. */
export function observeLags(lags: () => readonly FeedLag[]): void {
  readLags = lags;
}
