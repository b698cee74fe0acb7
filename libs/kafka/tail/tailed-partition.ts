import type { LoggedEvent } from '#libs/contracts';
import { type EventBatch, onAbort, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { EventRecord } from '../event-record.js';

/** Records from one offset up to another, in log order, before they are decoded. */
export interface ReceivedRecords {
  readonly first: number;
  readonly next: number;
  readonly records: readonly EventRecord[];
}

/** Bytes of records kept for readers that are a little behind. Those that are further behind read the log by themselves. */
export const MOST_TAIL_BYTES = 1_048_576;

/**
 * The newest events of a partition in memory, shared by all its readers in this process.
 *
 *   reset ──a reader has reached the end of the log──► tailing ──records behind the last ones──► tailing
 *     ▲                                                   │
 *     └──────── records that cannot be read now ──────────┘
 */
export class TailedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  /** When it was last fetched, in milliseconds of a monotonic clock. */
  fetchedAt = Number.NEGATIVE_INFINITY;
  isFetching = false;
  /** Until it is fetched again, after a fetch that brought nothing although the log goes on; 0 after one that did. */
  restMs = 0;
  isResting = false;
  isDecoding = false;
  /** The offset that each reader needs next. */
  readonly #readers = new Map<object, number>();
  readonly #waiting = new Set<() => void>();
  #batches: EventBatch<LoggedEvent>[] = [];
  #bytes = 0;
  #next: number | undefined;
  #received: ReceivedRecords[] = [];
  #expected = 0;
  #known = 0;
  #resets = 0;

  constructor(
    { topic, partition }: TopicPartition,
    private readonly mostBytes = MOST_TAIL_BYTES,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.key = topicPartitionKey({ topic, partition });
  }

  /** The offset behind the last event that can be read here; `undefined` after a reset. */
  get next(): number | undefined {
    return this.#next;
  }

  /** The offset from which to fetch. */
  get expected(): number {
    return this.#expected;
  }

  /** A reader is at the end, or near it. It waits for no slower one, which reads by itself what is no longer here. */
  get hasRoom(): boolean {
    return this.#next !== undefined && this.#unreadBytes() < this.mostBytes / 2;
  }

  /** The log is known to go on, but the records have not come. */
  get isBehind(): boolean {
    return this.#next !== undefined && this.#expected < this.#known;
  }

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** Counts the resets, to recognise work that a reset has overtaken. */
  get resets(): number {
    return this.#resets;
  }

  /** Begins at the end of the log, unless it is there already. */
  begin(offset: number): void {
    if (this.#next !== undefined && this.#next >= offset) return;
    this.reset();
    this.#next = this.#expected = offset;
  }

  /** Readers read the log by themselves now, and find out what is wrong. */
  reset(): void {
    this.#resets++;
    this.#batches = [];
    this.#received = [];
    this.#bytes = 0;
    this.#next = undefined;
    this.#wake();
  }

  /** The log goes on up to this offset. */
  knowsOf(end: number): void {
    this.#known = Math.max(this.#known, end);
  }

  /** Takes records that follow the last ones, without those that it has. Others have to be fetched. */
  receive({ first, next, records }: ReceivedRecords): void {
    this.knowsOf(next);
    const expected = this.#expected;
    if (this.#next === undefined || first > expected || next <= expected) return;
    const fresh = first < expected ? records.filter(({ offset }) => Number(offset) >= expected) : records;
    this.#received.push({ first: expected, next, records: fresh });
    this.#expected = next;
  }

  /** All records that are to be decoded. */
  takeReceived(): ReceivedRecords | undefined {
    const [first, ...more] = this.#received;
    if (!first) return undefined;
    this.#received = [];
    if (more.length === 0) return first;
    const records = [first, ...more].flatMap((each) => each.records);
    return { first: first.first, next: this.#expected, records };
  }

  /** Adds events that follow the last ones. */
  append(batch: EventBatch<LoggedEvent>): void {
    this.#batches.push(batch);
    this.#bytes += bytesOf(batch);
    this.#next = batch.next;
    while (this.#bytes > this.mostBytes && this.#batches.length > 1) this.#dropFirst();
    this.#wake();
  }

  /** All events from an offset on that are in memory, at most so many; `undefined` if the first is not. */
  read(offset: number, limit: number): EventBatch<LoggedEvent> | undefined {
    const index = this.#batches.findIndex(({ first, next }) => first <= offset && offset < next);
    const [first, ...more] = index < 0 ? [] : this.#batches.slice(index);
    if (!first) return undefined;
    if (more.length === 0 || first.events.length >= limit) return part(first, offset, limit);
    const events = [...first.events];
    let { next } = first;
    for (const batch of more) {
      if (events.length >= limit) break;
      for (const event of batch.events) events.push(event);
      next = batch.next;
    }
    return part({ ...first, events, next }, offset, limit);
  }

  /** Notes what a reader needs next. What nobody needs any more is dropped. */
  needs(reader: object, offset: number): void {
    this.#readers.set(reader, offset);
    const least = Math.min(...this.#readers.values());
    while ((this.#batches[0]?.next ?? Number.POSITIVE_INFINITY) <= least) this.#dropFirst();
  }

  leave(reader: object): void {
    this.#readers.delete(reader);
  }

  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let unsubscribe = (): unknown => undefined;
      const end = (): void => {
        this.#waiting.delete(end);
        unsubscribe();
        resolve();
      };
      this.#waiting.add(end);
      unsubscribe = onAbort(signal, end);
    });
  }

  /** Bytes that no reader has read. */
  #unreadBytes(): number {
    const read = Math.max(...this.#readers.values());
    const first = this.#batches.findLastIndex(({ next }) => next <= read) + 1;
    return this.#batches.slice(first).reduce((sum, batch) => sum + bytesOf(batch), 0);
  }

  #wake(): void {
    for (const end of this.#waiting) end();
  }

  #dropFirst(): void {
    const batch = this.#batches.shift();
    if (batch) this.#bytes -= bytesOf(batch);
  }
}

const bytesOf = ({ events }: EventBatch<LoggedEvent>): number =>
  events.reduce((sum, { value }) => sum + value.length, 0);

/** The events of a batch from an offset on, at most so many. */
export function part(batch: EventBatch<LoggedEvent>, offset: number, limit: number): EventBatch<LoggedEvent> {
  if (offset === batch.first && batch.events.length <= limit) return batch;
  const wanted = batch.events.filter(({ position }) => position.offset >= offset);
  const [behind] = wanted.slice(limit);
  if (!behind) return { ...batch, first: offset, events: wanted };
  const { topic, partition } = batch;
  return { topic, partition, first: offset, next: behind.position.offset, events: wanted.slice(0, limit) };
}
