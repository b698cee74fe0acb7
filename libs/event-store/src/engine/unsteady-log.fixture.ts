import type { Position, RecordedEvent } from '#libs/kernel';
import {
  AppendError,
  type EncodedEvent,
  type EncodeEvent,
  type EventLog,
  LogUnavailableError,
  type PartitionAppender,
} from '../log/event-log.js';
import { InMemoryEventLog } from '../log/in-memory-event-log.js';

/**
 * How an append fails: certainly not done; fenced; done, but the answer was lost; never done; or done later, unless another
 * writer claims first.
 */
export type AppendFault = 'rejected' | 'fenced' | 'lost-answer' | 'lost-request' | 'late-request';

/** Waits for zero or a few milliseconds. */
export type Delay = () => Promise<void>;

/** As in Kafka, a claim leaves a marker: an offset without an event. */
type Entry = { readonly event: RecordedEvent } | { readonly epoch: number };

/**
 * A log that behaves like Kafka: claims leave markers, calls take time, reads return small parts, and appends fail on
 * demand.
 */
export class UnsteadyLog implements EventLog {
  readonly topic = 'counters';
  readonly encode: EncodeEvent;
  faults: AppendFault[] = [];
  away = false;
  readonly #plain = new InMemoryEventLog('counters', 1);
  readonly #partitions: Entry[][];
  readonly #epochs: number[];

  constructor(
    partitionCount: number,
    private readonly delay: Delay,
  ) {
    this.encode = this.#plain.encode;
    this.#partitions = Array.from({ length: partitionCount }, () => []);
    this.#epochs = Array.from({ length: partitionCount }, () => 0);
  }

  partitionCount(): Promise<number> {
    return Promise.resolve(this.#partitions.length);
  }

  partitionOf(streamId: string, partitionCount: number): number {
    return this.#plain.partitionOf(streamId, partitionCount);
  }

  /** The partition's events in log order. */
  events(partition: number): RecordedEvent[] {
    return this.#entries(partition).flatMap((entry) => ('event' in entry ? [entry.event] : []));
  }

  get everything(): RecordedEvent[] {
    return this.#partitions.flatMap((_, partition) => this.events(partition));
  }

  async *read({ partition, offset: from }: Position, end: number): AsyncIterable<readonly RecordedEvent[]> {
    for (let offset = from; offset < end; offset += 2) {
      await this.delay();
      if (this.away) throw new LogUnavailableError('away');
      const entries = this.#entries(partition).slice(offset, Math.min(end, offset + 2));
      const events = entries.flatMap((entry) => ('event' in entry ? [entry.event] : []));
      if (events.length > 0) yield events;
    }
  }

  appender(topic: string, partition: number): PartitionAppender {
    let epoch = -1;
    return {
      renewalDue: false,
      claim: async () => {
        epoch = -1;
        await this.delay();
        if (this.away) throw new LogUnavailableError('away');
        const claimed = (this.#epochs[partition] ?? 0) + 1;
        this.#epochs[partition] = claimed;
        this.#entries(partition).push({ epoch: claimed });
        const end = this.#entries(partition).length;
        await this.delay();
        epoch = claimed;
        return { end };
      },
      append: async (events) => {
        if (epoch < 0) throw new AppendError('rejected', 'not claimed');
        const sent = epoch;
        const store = () => this.#store(topic, partition, sent, events);
        await this.delay();
        try {
          return await this.#tryToStore(store);
        } catch (error) {
          // Like the Kafka adapter, requires a new claim after any failure.
          epoch = -1;
          throw error;
        }
      },
      confirm: async () => {
        await this.delay();
        const current = epoch >= 0 && !this.away && epoch === this.#epochs[partition];
        await this.delay();
        if (current) return;
        epoch = -1;
        throw new AppendError(this.away ? 'rejected' : 'fenced', 'not confirmed');
      },
      close: async () => {
        epoch = -1;
      },
    };
  }

  async #tryToStore(store: () => number): Promise<number> {
    const fault = this.faults.shift();
    if (this.away || fault === 'rejected') throw new AppendError('rejected', 'rejected');
    if (fault === 'fenced') throw new AppendError('fenced', 'as told');
    if (fault === 'late-request') {
      setTimeout(() => {
        try {
          store();
        } catch {
          // Fenced meanwhile, as expected.
        }
      }, 4);
    }
    if (fault === 'lost-request' || fault === 'late-request') throw new AppendError('unknown', fault);
    const offset = store();
    await this.delay();
    if (fault === 'lost-answer') throw new AppendError('unknown', fault);
    return offset;
  }

  #entries(partition: number): Entry[] {
    const entries = this.#partitions[partition];
    if (!entries) throw new Error(`there is no partition ${partition}`);
    return entries;
  }

  #store(topic: string, partition: number, epoch: number, events: readonly EncodedEvent[]): number {
    if (epoch !== this.#epochs[partition]) throw new AppendError('fenced', 'another writer has claimed');
    const entries = this.#entries(partition);
    const base = entries.length;
    events.forEach(({ value }, index) => {
      const event = JSON.parse(value.toString()) as Omit<RecordedEvent, 'position'>;
      entries.push({ event: { ...event, position: { topic, partition, offset: base + index } } });
    });
    return base;
  }
}
