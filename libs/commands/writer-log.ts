import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { AppendedBatch, AppendTimes, WriterObserver } from '#libs/event-store/core';
import { formatPosition, type Position, topicPartitionKey } from '#libs/kernel';
import { TRACING, type Tracing } from '#libs/platform';
import { traceAppend } from './command-spans.js';

/** Metrics that are looked at elsewhere too. */
export const STREAMS_CREATED = 'orderstream_streams_created_total';
export const APPEND_SECONDS = 'orderstream_append_seconds';
/** Has a value for each partition that this process writes. */
export const WRITER_STREAMS = 'orderstream_writer_streams';

const labelNames = ['topic', 'partition'] as const;
const counter = (name: string, help: string) => new Counter({ name, help, labelNames });

const appended = counter('orderstream_events_appended_total', 'Events appended to the log.');
const created = new Counter({
  name: STREAMS_CREATED,
  help: 'Streams that began, such as orders in the topic orders.',
  labelNames: ['topic'],
});
const appendSeconds = new Histogram({
  name: APPEND_SECONDS,
  help: 'Time until the log has confirmed an append of one or more events.',
  buckets: [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
});
const failures = counter(
  'orderstream_append_failures_total',
  'Times that a partition writer failed and had to claim and read again.',
);
const takeovers = counter(
  'orderstream_partition_takeovers_total',
  'Times that a partition was claimed, recovered and became ready for commands.',
);
const storeFailures = counter(
  'orderstream_state_store_failures_total',
  'Times that stream states could not be loaded from or saved to the database.',
);
const streams = new Gauge({
  name: WRITER_STREAMS,
  help: 'Streams whose state a partition writer has in memory.',
  labelNames,
});

const PROGRESS_MS = 5_000;

/** Logs and metrics of partition writers. */
@Injectable()
export class WriterLog implements WriterObserver {
  readonly #logger = new Logger('PartitionWriter');
  /** Time of the last progress line, by recovering partition. */
  readonly #shown = new Map<string, number>();

  constructor(@Inject(TRACING) private readonly tracing: Tracing) {}

  recovering(topic: string, partition: number, done: number, total: number): void {
    const now = performance.now();
    const key = topicPartitionKey({ topic, partition });
    if (now - (this.#shown.get(key) ?? now) < PROGRESS_MS) {
      if (!this.#shown.has(key)) this.#shown.set(key, now);
      return;
    }
    this.#shown.set(key, now);
    const percent = Math.round((100 * done) / total);
    this.#logger.log({ topic, partition, done, total }, `recovering the partition: ${percent} %`);
  }

  repeated(position: Position): void {
    const place = formatPosition(position);
    this.#logger.warn(
      `${place} repeats an event of its stream, so a foreign producer appended it; commands skip it. ` +
        `"orderstream log accept ${place}" makes all readers skip it`,
    );
  }

  recovered(topic: string, partition: number, eventsRead: number, streamCount: number): void {
    this.#shown.delete(topicPartitionKey({ topic, partition }));
    takeovers.inc({ topic, partition });
    streams.set({ topic, partition }, streamCount);
    this.#logger.log({ topic, partition, eventsRead, streams: streamCount }, 'partition ready for commands');
  }

  appended(topic: string, partition: number, batch: AppendedBatch, times: AppendTimes): void {
    appended.inc({ topic, partition }, batch.encoded.length);
    if (batch.created > 0) created.inc({ topic }, batch.created);
    appendSeconds.observe(times.appendMs / 1_000);
    if (this.tracing.isOn) traceAppend(this.tracing, { topic, partition }, batch, times);
  }

  failed(topic: string, partition: number, error: Error): void {
    failures.inc({ topic, partition });
    this.#logger.warn({ topic, partition, err: error }, 'partition writer restarts');
  }

  storeFailed(topic: string, partition: number, error: Error): void {
    storeFailures.inc({ topic, partition });
    this.#logger.warn({ topic, partition, err: error }, 'stream states cannot be loaded or saved');
  }

  released(topic: string, partition: number): void {
    streams.remove({ topic, partition });
    this.#logger.log({ topic, partition }, 'partition released');
  }
}
