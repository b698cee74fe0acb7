import { InMemoryEventLog } from './in-memory-event-log.js';
import { type EventBatch, LogUnavailableError, type Position, type RecordedEvent } from '#libs/kernel';
import { AppendError, type PartitionAppender } from '../core/log/event-log.js';

/**
 * How an append fails: certainly not done; fenced; done, but the answer was lost; never done; done later, unless another
 * writer claims first; or it does not end.
 */
export type AppendFault = 'rejected' | 'fenced' | 'lost-answer' | 'lost-request' | 'late-request' | 'hang';

/** Waits for zero or a few milliseconds. */
export type Delay = () => Promise<void>;

/**
 * A log that behaves like Kafka: claims leave markers, calls take time, reads return small parts, and appends fail on
 * demand.
 */
export class UnsteadyLog extends InMemoryEventLog {
  faults: AppendFault[] = [];
  away = false;
  claims = 0;

  constructor(
    partitionCount: number,
    private readonly delay: Delay = () => Promise.resolve(),
  ) {
    super('counters', partitionCount, 2);
  }

  get everything(): RecordedEvent[] {
    return this.partitions.flatMap(({ events }) => events);
  }

  override async fetch(from: Position): Promise<EventBatch> {
    await this.delay();
    if (this.away) throw new LogUnavailableError('away');
    return super.fetch(from);
  }

  override appender(_topic: string, partition: number): PartitionAppender {
    let epoch = -1;
    return {
      renewalDue: false,
      claim: async () => {
        epoch = -1;
        await this.delay();
        if (this.away) throw new LogUnavailableError('away');
        this.claims++;
        const claimed = this.claim(partition);
        // As in Kafka, a claim leaves a marker: an offset without an event.
        this.partition(partition).putControlRecord();
        const end = this.partition(partition).end;
        await this.delay();
        epoch = claimed;
        return { end };
      },
      append: async (events) => {
        if (epoch < 0) throw new AppendError('rejected', 'not claimed');
        const sent = epoch;
        const store = (): number => {
          if (!this.isOwner(partition, sent)) throw new AppendError('fenced', 'another writer has claimed');
          return this.store(partition, events);
        };
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
        const current = epoch >= 0 && !this.away && this.isOwner(partition, epoch);
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
    if (fault === 'hang') return new Promise(() => undefined);
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
}
