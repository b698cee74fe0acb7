import type { EventBatch, LogReader, Position, SizedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/testing';

/** One partition of a log. */
export class InMemoryLog implements Pick<LogReader<SizedEvent>, 'fetch'> {
  readonly events: SizedEvent[] = [];
  readonly reads: number[] = [];
  /** While it is set, every read fails with it. */
  outage: Error | undefined;
  /** Events before it are gone. */
  begin = 0;
  /** An operator has accepted that it is read without the events that are gone. */
  isGapAccepted = false;
  end = 0;
  /** The size of each event appended from now on. */
  bytes = 1;

  constructor(
    readonly topic = 'orders',
    readonly partition = 3,
    private readonly batchEvents = 10,
  ) {}

  append(streamId: string, type = 'order.confirmed', tenant = 'acme'): SizedEvent {
    const offset = this.end++;
    const event: SizedEvent = {
      bytes: this.bytes,
      type,
      data: { orderId: streamId },
      position: { topic: this.topic, partition: this.partition, offset },
      metadata: someMetadata({
        eventId: `event-${offset}`,
        streamId,
        version: this.events.filter(({ metadata }) => metadata.streamId === streamId).length + 1,
        commandId: `command-${offset}`,
        tenant,
      }),
    };
    this.events.push(event);
    return event;
  }

  /** An offset that holds no event, as Kafka's control records do. */
  appendControlRecord(): void {
    this.end++;
  }

  /** The events from an offset on, as the tail hands them on. */
  batch(first: number, events: readonly SizedEvent[], next = this.end): EventBatch<SizedEvent> {
    return { topic: this.topic, partition: this.partition, first, next, events };
  }

  async fetch({ offset }: Position): Promise<EventBatch<SizedEvent>> {
    if (this.outage) throw this.outage;
    this.reads.push(offset);
    if (offset < this.begin) {
      if (this.isGapAccepted) return this.batch(offset, [], this.begin);
      const unreadable = `what is before ${this.begin} is gone`;
      return { ...this.batch(offset, [], offset), unreadable, isGone: true };
    }
    const rest = this.events.filter(({ position }) => position.offset >= offset);
    const events = rest.slice(0, this.batchEvents);
    const last = rest.length > events.length ? events.at(-1) : undefined;
    return this.batch(offset, events, last ? last.position.offset + 1 : Math.max(this.end, offset));
  }
}
