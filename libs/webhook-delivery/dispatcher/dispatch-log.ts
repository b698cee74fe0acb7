import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { asError, formatPosition, inBackground, type TopicPartition } from '#libs/kernel';
import { loggedTrace, Overload, WideLog } from '#libs/platform';
import type { AttemptReport, DeliveryFate, DispatchObserver, FailedStage, Feed } from '../core/ports.js';
import { AttemptLog } from '../postgres/attempt-log.js';
import { TallyLog } from '../postgres/tally-log.js';
import type { FeedLag } from '../core/partition/partition-dispatcher.js';
import { EndpointDisabler } from './endpoint-disabler.js';

/** The endpoint is gone for good (RFC 9110). */
const GONE = 410;
/** Every feed reports an outage; one line per this time is logged. */
const OUTAGE_LINE_MS = 5_000;
/** Metric labels are public, so a value that the code has renamed since keeps its name there. */
const LABELS: Readonly<Record<string, string>> = { parked: 'held', activate: 'wake' };

/** Logs and counts what the dispatchers do: one wide line per attempt, without body, URL or secret. */
@Injectable()
export class DispatchLog implements DispatchObserver {
  readonly #logger = new Logger('WebhookDispatcher');
  readonly #lines = new WideLog('WebhookDispatcher');
  readonly #lastLine = new Map<string, number>();

  constructor(
    @Inject(AttemptLog) private readonly log: Pick<AttemptLog, 'record'>,
    @Inject(TallyLog) private readonly tallies: Pick<TallyLog, 'record'>,
    @Inject(EndpointDisabler) private readonly disabler: Pick<EndpointDisabler, 'disable'>,
    @Inject(Overload) private readonly overload: Pick<Overload, 'observe'>,
  ) {}

  attempted(report: AttemptReport): void {
    const { replayId, events, outcome, durationMs } = report;
    const labels = { class: replayId === null ? 'live' : 'replay', outcome: outcome.outcome };
    attempts.inc(labels);
    attemptSeconds.observe(labels, durationMs / 1_000);
    if (replayId === null && outcome.outcome === 'delivered') {
      const now = report.startedAt + durationMs;
      for (const { metadata } of events) {
        const latencyMs = Math.max(0, now - Date.parse(metadata.occurredAt));
        latencySeconds.observe(latencyMs / 1_000);
        // A retry waits for the endpoint.
        if (report.attempt === 1) this.overload.observe('deliveries', Math.max(0, latencyMs - durationMs));
      }
    }
    this.log.record(report);
    this.tallies.record(report);
    // A replay may have a URL of its own, so its answers don't count.
    if (replayId === null && outcome.status === GONE) {
      inBackground(
        () => this.disabler.disable(report.subscription, 'gone'),
        (err) => this.#logger.error({ msg: 'a gone endpoint could not be disabled', err }),
      );
    }
    if (outcome.outcome === 'failed') this.#lines.warn(lineOf(report));
    else this.#lines.info(lineOf(report));
  }

  lookedAt({ topic }: TopicPartition, { owed, filtered }: { owed: number; filtered: number }): void {
    lookedAt.inc({ topic, fate: 'owed' }, owed);
    lookedAt.inc({ topic, fate: 'filtered' }, filtered);
  }

  counted({ replayId }: Feed, fate: DeliveryFate, events: number): void {
    deliveries.inc({ class: replayId === null ? 'live' : 'replay', fate: LABELS[fate] ?? fate }, events);
  }

  lost({ topic, partition }: TopicPartition): void {
    this.#logger.warn({ msg: 'another dispatcher has taken the partition over', topic, partition });
  }

  failed(stage: FailedStage, { topic, partition }: TopicPartition, error: Error): void {
    failures.inc({ stage: LABELS[stage] ?? stage });
    const key = `${stage} ${topic}`;
    const now = Date.now();
    if (now - (this.#lastLine.get(key) ?? 0) < OUTAGE_LINE_MS) return;
    this.#lastLine.set(key, now);
    this.#logger.warn({
      msg: 'webhook dispatching is failing and is retried',
      stage,
      topic,
      partition,
      error: error.message,
    });
  }

  crashed({ topic, partition }: TopicPartition, feedId: string, error: Error): void {
    failures.inc({ stage: 'feed' });
    this.#logger.error({ msg: 'webhook feed failed; it starts again', err: error, feedId, topic, partition });
  }
}

function lineOf(report: AttemptReport) {
  const { subscription, replayId, events, attempt, durationMs, retryInMs, becomes } = report;
  const { outcome, status, traceparent } = report.outcome;
  // Members without a value are not written.
  const [{ metadata, type, position }] = events;
  return {
    msg: 'webhook attempt',
    outcome,
    reason: report.outcome.outcome === 'failed' ? report.outcome.reason : undefined,
    status,
    becomes,
    attempt,
    durationMs,
    retryInMs,
    subscriptionId: subscription.subscriptionId,
    replayId: replayId ?? undefined,
    tenant: subscription.tenant,
    eventId: metadata.eventId,
    eventType: type,
    streamId: metadata.streamId,
    version: metadata.version,
    position: formatPosition(position),
    events: events.length > 1 ? events.length : undefined,
    correlationId: metadata.correlationId,
    ...loggedTrace(traceparent, metadata.traceparent),
  };
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

const attempts = new Counter({
  name: 'orderstream_webhook_attempts_total',
  help: 'HTTP attempts to deliver. Those that failed were retried, or became dead letters.',
  labelNames: ['class', 'outcome'],
});

const attemptSeconds = new Histogram({
  name: 'orderstream_webhook_attempt_seconds',
  help: 'Time from the start of an attempt to its outcome.',
  labelNames: ['class', 'outcome'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60],
});

const latencySeconds = new Histogram({
  name: 'orderstream_webhook_latency_seconds',
  help: 'Time from an event to its acceptance by a subscriber to whom it was delivered as it came.',
  buckets: [0.002, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600],
});

const deliveries = new Counter({
  name: 'orderstream_webhook_deliveries_total',
  help:
    'Events owed to subscribers, by what became of them: owed = delivered + skipped + (held - redriven) + pending. ' +
    'A held event is parked in the database and waits for a retry or for an operator.',
  labelNames: ['class', 'fate'],
});

const lookedAt = new Counter({
  name: 'orderstream_webhook_events_total',
  help: 'Events that were looked at as they came, once for all subscriptions: owed to at least one, or filtered, to none.',
  labelNames: ['topic', 'fate'],
});

const failures = new Counter({
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
  aggregator: 'max',
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
