import type { Position } from '#libs/kernel';
import { type EventBatch, type EventSource, type SizedEvent, UnreadablePlaceError } from '../ports.js';

/** One partition of a log. */
export class InMemoryLog implements EventSource {
  readonly events: SizedEvent[] = [];
  readonly reads: number[] = [];
  /** While it is set, every read fails with it. */
  outage: Error | undefined;
  /** What is before it is gone. */
  begin = 0;
  /** Somebody has said that it is to be read without what is gone. */
  isGapAccepted = false;
  end = 0;
  /** That each event takes which is appended from now on. */
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
      metadata: {
        eventId: `event-${offset}`,
        streamId,
        version: this.events.filter(({ metadata }) => metadata.streamId === streamId).length + 1,
        occurredAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'correlation',
        causationId: null,
        commandId: `command-${offset}`,
        requestHash: null,
        tenant,
        actor: 'test',
        traceparent: null,
      },
    };
    this.events.push(event);
    return event;
  }

  /** An offset that holds no event, as Kafka's control records do. */
  appendControlRecord(): void {
    this.end++;
  }

  async read({ offset }: Position): Promise<EventBatch> {
    if (this.outage) throw this.outage;
    this.reads.push(offset);
    if (offset < this.begin) {
      if (this.isGapAccepted) return { events: [], next: this.begin };
      throw new UnreadablePlaceError(`what is before ${this.begin} is gone`);
    }
    const rest = this.events.filter(({ position }) => position.offset >= offset);
    const events = rest.slice(0, this.batchEvents);
    const last = rest.length > events.length ? events.at(-1) : undefined;
    return { events, next: last ? last.position.offset + 1 : Math.max(this.end, offset) };
  }
}
