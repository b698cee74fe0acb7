import { EVENT_CONTRACTS, EventCodec, type LoggedEvent } from '#libs/contracts';
import type { Position, ScannedBatch } from '#libs/kernel';
import type { LogToExport } from '../core/log-walk.js';
import type { SomeEvent } from './some-event.js';

const SUBJECTS: readonly string[] = EVENT_CONTRACTS.map(({ subject }) => subject);
const codec = new EventCodec({
  idOf: (subject) => 1 + SUBJECTS.indexOf(subject),
  schemaOf: () => Promise.resolve(undefined),
});
const TOPICS = new Map<string, string>(EVENT_CONTRACTS.map(({ eventType, topic }) => [eventType, topic]));

type Slot = LoggedEvent | 'no event' | 'unreadable';

/** A log in memory: topics of two partitions. */
export class LogOfEvents implements LogToExport {
  readonly #slots = new Map<string, Slot[][]>();
  /** Every position that was scanned from. */
  readonly scans: Position[] = [];
  topicIds = 'first';
  batchEvents = 3;
  /** Called before each scan. */
  beforeScan: (from: Position) => Promise<void> | void = () => undefined;

  constructor(private readonly partitions = 2) {}

  append(events: readonly SomeEvent[]): void {
    for (const [index, event] of events.entries()) {
      const topic = TOPICS.get(event.type) ?? '';
      const partition = index % this.partitions;
      const slots = this.#partition(topic, partition);
      const { value } = codec.encode(event);
      slots.push(codec.decode({ topic, partition, offset: slots.length, value }));
    }
  }

  appendOther(topic: string, partition: number, slot: 'no event' | 'unreadable'): void {
    this.#partition(topic, partition).push(slot);
  }

  async scan(
    from: Position,
    isWanted: (eventType: string) => boolean = () => true,
  ): Promise<ScannedBatch<LoggedEvent>> {
    const { topic, partition, offset: first } = from;
    this.scans.push(from);
    await this.beforeScan(from);
    const slots = this.#partition(topic, partition).slice(first, first + this.batchEvents);
    const rejected = slots.flatMap((slot, index) =>
      slot === 'unreadable'
        ? [{ position: { topic, partition, offset: first + index }, reason: 'it is bad' }]
        : [],
    );
    const events = slots.filter((slot) => typeof slot === 'object').filter(({ type }) => isWanted(type));
    return { topic, partition, first, next: first + slots.length, events, rejected };
  }

  async topicId(): Promise<string> {
    return this.topicIds;
  }

  async startOffsets(topics: readonly string[]): Promise<Position[]> {
    return this.#positions(topics, () => 0);
  }

  async endOffsets(topics: readonly string[]): Promise<Position[]> {
    return this.#positions(topics, ({ length }) => length);
  }

  async offsetsForTime(topics: readonly string[]): Promise<Position[]> {
    return this.endOffsets(topics);
  }

  #positions(topics: readonly string[], offset: (slots: readonly Slot[]) => number): Position[] {
    return topics.flatMap((topic) =>
      Array.from({ length: this.partitions }, (_, partition) => ({
        topic,
        partition,
        offset: offset(this.#partition(topic, partition)),
      })),
    );
  }

  #partition(topic: string, partition: number): Slot[] {
    const topicSlots = this.#slots.get(topic) ?? Array.from({ length: this.partitions }, (): Slot[] => []);
    this.#slots.set(topic, topicSlots);
    return topicSlots[partition] as Slot[];
  }
}
