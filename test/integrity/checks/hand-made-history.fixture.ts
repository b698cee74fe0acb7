import type { Accepted, Attempt, OrderRequest, Outcome } from '../history.js';
import type { LogBatch, LogRecord } from '../log-record.js';
import type { Evidence } from './all-checks.js';

const PARTITION = 3;

/** A history written by hand, of one partition: what is said to be sent and answered, and what the log is to hold. */
export class HandMadeHistory implements Evidence {
  readonly attempts: Attempt[] = [];
  readonly log: LogRecord[] = [];
  readonly batches: LogBatch[] = [];
  #now = 0;

  /** One attempt after the other, unless `during` puts it elsewhere. */
  attempt(request: OrderRequest, outcome: Outcome, during?: { startedAt: number; endedAt: number }): Attempt {
    this.#now += 10;
    const attempt: Attempt = {
      operation: this.attempts.length,
      request,
      instance: 0,
      via: 'single',
      startedAt: during?.startedAt ?? this.#now,
      endedAt: during?.endedAt ?? this.#now + 5,
      outcome,
    };
    this.attempts.push(attempt);
    return attempt;
  }

  /** Appends the event as the broker would, unless `changes` spoil it. */
  event(
    request: OrderRequest,
    streamId: string,
    version: number,
    changes: Partial<LogRecord> = {},
  ): LogRecord {
    const type = `order.${request.status}`;
    const eventId = `event-${this.log.length}`;
    const record: LogRecord = {
      partition: PARTITION,
      offset: this.log.length,
      key: streamId,
      headers: { id: eventId, type, version },
      type,
      streamId,
      version,
      eventId,
      commandId: `command-of-${request.marker}`,
      occurredAt: this.log.length,
      marker: request.marker,
      ...changes,
    };
    this.log.push(record);
    return record;
  }

  /** Asked, appended and answered, all in order. */
  accepted(request: OrderRequest, streamId: string, version: number): Accepted {
    const { offset } = this.event(request, streamId, version);
    const outcome = answer(streamId, version, offset);
    this.attempt(request, outcome);
    return outcome;
  }

  batch(producerEpoch: number, changes: Partial<LogBatch> = {}): void {
    const offset = this.batches.length;
    this.batches.push({
      partition: PARTITION,
      baseOffset: offset,
      lastOffset: offset,
      producerId: 7,
      producerEpoch,
      isControl: false,
      ...changes,
    });
  }
}

export const answer = (
  orderId: string,
  version: number,
  offset: number,
  more: Partial<Accepted> = {},
): Accepted => ({
  kind: 'accepted',
  status: version === 1 ? 201 : 200,
  orderId,
  version,
  position: `orders/${PARTITION}@${offset}`,
  etag: `"${version}"`,
  body: undefined,
  ...more,
});

export const create = (marker: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  kind: 'create',
  status: 'created',
  marker,
  ...more,
});

export const step = (
  marker: string,
  orderId: string,
  status: string,
  more: Partial<OrderRequest> = {},
): OrderRequest => ({ kind: 'step', status, marker, orderId, ...more });

export const rejected = (status: number, code: string): Outcome => ({ kind: 'rejected', status, code });
export const failed: Outcome = { kind: 'failed', why: '503 unavailable' };
export const unknown: Outcome = { kind: 'unknown', why: 'time-out' };
