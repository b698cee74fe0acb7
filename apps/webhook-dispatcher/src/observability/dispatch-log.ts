import { Injectable, Logger } from '@nestjs/common';
import type {
  AttemptReport,
  DispatchObserver,
  FailedStage,
  ParkedDelivery,
  Partition,
} from '#libs/dispatching';
import { formatPosition } from '#libs/kernel';
import { attempts, attemptSeconds, failures, parkedDeliveries } from './dispatch-metrics.js';

/** Of an outage, every feed tells; one line in this time says it. */
const OUTAGE_LINE_MS = 5_000;

/** Logs and counts what the dispatchers do: one wide line per attempt, without body, URL or secret. */
@Injectable()
export class DispatchLog implements DispatchObserver {
  readonly #logger = new Logger('WebhookDispatcher');
  readonly #lastLine = new Map<string, number>();

  attempted(report: AttemptReport): void {
    const { subscription, event, attempt, outcome, durationMs, retryInMs } = report;
    attempts.inc({ outcome: outcome.outcome });
    attemptSeconds.observe({ outcome: outcome.outcome }, durationMs / 1_000);
    const line = {
      msg: 'webhook attempt',
      ...outcome,
      attempt,
      durationMs,
      retryInMs,
      subscriptionId: subscription.subscriptionId,
      tenant: subscription.tenant,
      eventId: event.metadata.eventId,
      eventType: event.type,
      streamId: event.metadata.streamId,
      version: event.metadata.version,
      position: formatPosition(event.position),
      correlationId: event.metadata.correlationId,
    };
    if (outcome.outcome === 'delivered') this.#logger.log(line);
    else this.#logger.warn(line);
  }

  parked(subscriptionId: string, deliveries: readonly ParkedDelivery[]): void {
    for (const { lane, position, eventId, eventType, attempts, lastError } of deliveries) {
      const isDeadLetter = attempts > 0;
      parkedDeliveries.inc({ kind: isDeadLetter ? 'dead-letter' : 'held-back' });
      const at = formatPosition(position);
      const line = { subscriptionId, streamId: lane, eventId, eventType, position: at, attempts, lastError };
      if (isDeadLetter) this.#logger.error({ msg: 'webhook delivery became a dead letter', ...line });
      else this.#logger.log({ msg: 'webhook delivery is held back', ...line });
    }
  }

  lost({ topic, partition }: Partition, subscriptionId: string): void {
    this.#logger.warn({
      msg: 'another dispatcher has taken the subscription over',
      subscriptionId,
      topic,
      partition,
    });
  }

  failed(stage: FailedStage, { topic, partition }: Partition, error: Error): void {
    failures.inc({ stage });
    const key = `${stage} ${topic}`;
    const now = Date.now();
    if (now - (this.#lastLine.get(key) ?? 0) < OUTAGE_LINE_MS) return;
    this.#lastLine.set(key, now);
    this.#logger.warn({
      msg: 'webhook dispatching is held up',
      stage,
      topic,
      partition,
      error: error.message,
    });
  }

  crashed({ topic, partition }: Partition, subscriptionId: string, error: Error): void {
    failures.inc({ stage: 'feed' });
    this.#logger.error({
      msg: 'webhook feed failed; it starts again',
      err: error,
      subscriptionId,
      topic,
      partition,
    });
  }
}
