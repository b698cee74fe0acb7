import {
  type EventBatch,
  type LogReader,
  type PartitionEnd,
  type Position,
  type RecordedEvent,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';

/** One partition of an in-memory log, with faults that a test can set. */
export class InMemoryPartition<Event extends RecordedEvent = RecordedEvent> implements TopicPartition {
  readonly events: Event[] = [];
  end = 0;
  /** Everything before it is gone. */
  begin = 0;
  /** Whether an operator has accepted the loss. */
  isGapAccepted = false;
  /** Why records cannot be read, by offset. */
  readonly unreadable = new Map<number, string>();
  /** If set, every fetch fails with it. */
  outage: Error | undefined;
  /** If set, every fetch waits for it. */
  answers: Promise<void> | undefined;
  /** The offset of each fetch. */
  readonly reads: number[] = [];

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly batchEvents = 100,
  ) {}

  put(event: Omit<Event, 'position'>): Event {
    const { topic, partition } = this;
    const placed = { ...event, position: { topic, partition, offset: this.end++ } } as Event;
    this.events.push(placed);
    return placed;
  }

  /** An offset without an event, as Kafka has them. */
  putControlRecord(): void {
    this.end++;
  }

  batch(first: number, events: readonly Event[], next = this.end): EventBatch<Event> {
    return { topic: this.topic, partition: this.partition, first, next, events };
  }

  async fetch({ offset }: Pick<Position, 'offset'>): Promise<EventBatch<Event>> {
    if (this.outage) throw this.outage;
    this.reads.push(offset);
    await this.answers;
    if (offset < this.begin) {
      if (this.isGapAccepted) return this.batch(offset, [], this.begin);
      const unreadable = `what is before ${this.begin} is gone`;
      return { ...this.batch(offset, [], offset), unreadable, isGone: true };
    }
    const rest = this.events.filter(({ position }) => position.offset >= offset);
    const events = rest.slice(0, this.batchEvents);
    const last = rest.length > events.length ? events.at(-1) : undefined;
    const next = last ? last.position.offset + 1 : Math.max(this.end, offset);
    for (let bad = offset; bad < next; bad++) {
      const unreadable = this.unreadable.get(bad);
      if (unreadable === undefined) continue;
      const readable = events.filter(({ position }) => position.offset < bad);
      return { ...this.batch(offset, readable, bad), unreadable };
    }
    return this.batch(offset, events, next);
  }
}

/** The log in memory, for tests of its readers. */
export class InMemoryLog<
  Event extends RecordedEvent = RecordedEvent,
  Partition extends InMemoryPartition<Event> = InMemoryPartition<Event>,
> implements LogReader<Event>
{
  /** If set, every call fails with it. */
  outage: Error | undefined;
  /** Topics that are unavailable. */
  readonly awayTopics = new Set<string>();
  /** Topics that wait for an operator. */
  readonly stoppedTopics = new Set<string>();
  /** The number of calls of `endOffsets`. */
  looks = 0;

  constructor(readonly partitions: Partition[]) {}

  async fetch(from: Position): Promise<EventBatch<Event>> {
    if (this.outage) throw this.outage;
    if (this.awayTopics.has(from.topic)) throw new Error(`${from.topic} is away`);
    const found = this.partitions.find(
      ({ topic, partition }) => topic === from.topic && partition === from.partition,
    );
    if (!found) throw new Error(`there is no partition ${topicPartitionKey(from)}`);
    return found.fetch(from);
  }

  async startOffsets(topics?: readonly string[]): Promise<Position[]> {
    return this.#positions(topics, ({ begin }) => begin);
  }

  async endOffsets(topics?: readonly string[]): Promise<PartitionEnd[]> {
    if (this.outage) throw this.outage;
    this.looks++;
    const ends = this.#positions(topics, ({ end }) => end);
    return ends.map((end) => (this.stoppedTopics.has(end.topic) ? { ...end, isStopped: true } : end));
  }

  async offsetsForTime(topics: readonly string[], timestampMs: number): Promise<Position[]> {
    return this.#positions(topics, ({ events, end }) => {
      const found = events.find(({ metadata }) => Date.parse(metadata.occurredAt) >= timestampMs);
      return found?.position.offset ?? end;
    });
  }

  hasGaps(at: TopicPartition): boolean {
    return this.partitions.some(
      ({ topic, partition, isGapAccepted }) =>
        isGapAccepted && topic === at.topic && partition === at.partition,
    );
  }

  #positions(topics: readonly string[] | undefined, offsetOf: (partition: Partition) => number): Position[] {
    return this.partitions
      .filter(({ topic }) => topics?.includes(topic) ?? true)
      .map((each) => ({ topic: each.topic, partition: each.partition, offset: offsetOf(each) }));
  }
}
