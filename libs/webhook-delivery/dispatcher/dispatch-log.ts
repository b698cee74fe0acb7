import { Inject, Injectable, Logger } from '@nestjs/common';
import type { AttemptReport, DeliveryFate, DispatchObserver, FailedStage } from '../core/observer.js';
import type { Feed } from '../core/ports.js';
import { formatPosition, inBackground, type TopicPartition } from '#libs/kernel';
import { AttemptLog } from '../postgres/attempt-log.js';
import { WideLog } from '#libs/platform';
import { EndpointDisabler } from './endpoint-disabler.js';
import {
  attempts,
  attemptSeconds,
  deliveries,
  failures,
  latencySeconds,
  lookedAt,
} from './dispatch-metrics.js';

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
    @Inject(EndpointDisabler) private readonly disabler: Pick<EndpointDisabler, 'disable'>,
  ) {}

  attempted(report: AttemptReport): void {
    const { replayId, events, outcome, durationMs } = report;
    const labels = { class: replayId === null ? 'live' : 'replay', outcome: outcome.outcome };
    attempts.inc(labels);
    attemptSeconds.observe(labels, durationMs / 1_000);
    if (replayId === null && outcome.outcome === 'delivered') {
      const now = report.startedAt + durationMs;
      for (const { metadata } of events) {
        latencySeconds.observe(Math.max(0, now - Date.parse(metadata.occurredAt)) / 1_000);
      }
    }
    this.log.record(report);
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
  const { outcome, status } = report.outcome;
  const [{ metadata, type, position }] = events;
  return {
    msg: 'webhook attempt',
    outcome,
    ...(report.outcome.outcome === 'failed' && { reason: report.outcome.reason }),
    ...(status !== undefined && { status }),
    becomes,
    attempt,
    durationMs,
    retryInMs,
    subscriptionId: subscription.subscriptionId,
    ...(replayId !== null && { replayId }),
    tenant: subscription.tenant,
    eventId: metadata.eventId,
    eventType: type,
    streamId: metadata.streamId,
    version: metadata.version,
    position: formatPosition(position),
    ...(events.length > 1 && { events: events.length }),
    correlationId: metadata.correlationId,
  };
}
