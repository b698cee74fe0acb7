import { Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { WriterObserver } from '#libs/event-store';

const appended = new Counter({
  name: 'orderstream_events_appended_total',
  help: 'Events appended to the log.',
  labelNames: ['topic', 'partition'],
});
const failures = new Counter({
  name: 'orderstream_append_failures_total',
  help: 'Times that a partition writer lost its place and had to claim and read again.',
  labelNames: ['topic', 'partition'],
});
const streams = new Gauge({
  name: 'orderstream_writer_streams',
  help: 'Streams whose state a partition writer holds.',
  labelNames: ['topic', 'partition'],
});

/** What partition writers do, as logs and metrics. */
@Injectable()
export class WriterLog implements WriterObserver {
  readonly #logger = new Logger('PartitionWriter');

  recovered(topic: string, partition: number, eventsRead: number, streamCount: number): void {
    streams.set({ topic, partition }, streamCount);
    this.#logger.log({ topic, partition, eventsRead, streams: streamCount }, 'partition ready for commands');
  }

  appended(topic: string, partition: number, events: number): void {
    appended.inc({ topic, partition }, events);
  }

  failed(topic: string, partition: number, error: Error): void {
    failures.inc({ topic, partition });
    this.#logger.warn({ topic, partition, err: error }, 'partition writer starts again');
  }
}
