import {
  type Clock,
  type LogReader,
  systemClock,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import type { EncodedEvent, LoggedEvent, ReadableEvents } from '#libs/contracts';
import type { AppendListener } from '../fencing/fenced-appender.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { type EventRecord, recordsOf } from '../event-record.js';
import { TailReader } from './tail-reader.js';
import { MOST_TAIL_BYTES, TailedPartition } from './tailed-partition.js';

/** How the brokers are asked for new records. */
export type TailSource = Pick<KafkaProtocol, 'byLeader' | 'fetchNew' | 'disconnect'>;

/** The log behind the tail. */
export interface TailedLog extends Pick<LogReader<LoggedEvent>, 'fetch'> {
  decodeReadable(topic: string, partition: number, records: readonly EventRecord[]): Promise<ReadableEvents>;
}

/** How long a broker waits for new records. A partition that begins to be read meanwhile waits as long. */
const WAIT_MS = 250;
/** A partition that this process writes is fetched this often, in case another process has taken it over unnoticed. */
const OWNED_MS = 1_000;
const FAILURE_PAUSE_MS = 200;
/** Bounds of the wait after a fetch, which lasts as long as the fetch: the busier the brokers, the more one fetch brings. */
const MOST_GATHER_MS = 3;

/**
 * Gives every consumer of this process the new events of the log. What this process appends comes from memory, as soon as it
 * is durable; what others append is fetched, for all consumers at once. So an event is read and decoded at most once,
 * and where nothing happens, nothing is asked for.
 */
export class LogTail implements AppendListener {
  readonly #partitions = new Map<string, TailedPartition>();
  /** Partitions that only this process writes, for all it knows. */
  readonly #owned = new Set<string>();
  readonly #fetching = new Set<number>();
  #source: TailSource | undefined;
  #isLookDue = false;
  #stopLooking: (() => void) | undefined;

  constructor(
    private readonly log: TailedLog,
    /** Connects anew: a fetch that waits would hold up everything else on its connection. */
    private readonly connect: () => TailSource,
    private readonly clock: Clock = systemClock,
    /** Bytes of records kept of each partition. */
    private readonly partitionBytes = MOST_TAIL_BYTES,
  ) {}

  /** Reads a partition until it is closed. */
  reader(at: TopicPartition): TailReader {
    const key = topicPartitionKey(at);
    const partition = this.#partitions.get(key) ?? new TailedPartition(at, this.partitionBytes);
    this.#partitions.set(key, partition);
    this.#stopLooking ??= this.clock.every(OWNED_MS, () => this.#look());
    return new TailReader(partition, this.log, this.clock, {
      awaits: () => {
        if (this.#isDue(partition)) this.#look();
      },
      closed: () => this.#closed(partition),
    });
  }

  claimed(at: TopicPartition, end: number): void {
    const key = topicPartitionKey(at);
    this.#owned.add(key);
    this.#partitions.get(key)?.knowsOf(end);
    this.#look();
  }

  released(at: TopicPartition): void {
    if (this.#owned.delete(topicPartitionKey(at))) this.#look();
  }

  appended(at: TopicPartition, offset: number, events: readonly EncodedEvent[]): void {
    const partition = this.#partitions.get(topicPartitionKey(at));
    if (!partition) return;
    partition.receive({ first: offset, next: offset + events.length, records: recordsOf(events, offset) });
    if (partition.isBehind) this.#look();
    else this.#decodeSoon(partition);
  }

  #closed(partition: TailedPartition): void {
    if (partition.isRead) return;
    this.#partitions.delete(partition.key);
    if (this.#partitions.size > 0) return;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    const source = this.#source;
    this.#source = undefined;
    void source?.disconnect().catch(() => undefined);
  }

  /** Fetches what is due, together. */
  #look(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    setImmediate(() => {
      this.#isLookDue = false;
      this.#fetchDue().catch(() => undefined);
    });
  }

  async #fetchDue(): Promise<void> {
    const due = [...this.#partitions.values()].filter((partition) => this.#isDue(partition));
    if (due.length === 0) return;
    const source = (this.#source ??= this.connect());
    const { led, failed } = await source.byLeader(due);
    // Its readers find out why.
    for (const partition of failed) partition.reset();
    for (const [leader, partitions] of led) {
      if (this.#fetching.has(leader)) continue;
      this.#fetching.add(leader);
      void this.#fetch(source, leader, partitions).finally(() => {
        this.#fetching.delete(leader);
        this.#look();
      });
    }
  }

  #isDue(partition: TailedPartition): boolean {
    if (partition.isFetching) return false;
    const isMissed = partition.isBehind && !partition.isResting;
    const isAsked = isMissed || !this.#owned.has(partition.key) || this.#isOld(partition);
    return isAsked && partition.hasRoom;
  }

  #isOld({ fetchedAt }: TailedPartition): boolean {
    return this.clock.monotonic() - fetchedAt >= OWNED_MS;
  }

  async #fetch(source: TailSource, leader: number, partitions: readonly TailedPartition[]): Promise<void> {
    const began = this.clock.monotonic();
    const asked = partitions.map(
      (each): Asked => ({ partition: each, resets: each.resets, offset: each.expected }),
    );
    for (const partition of partitions) {
      partition.fetchedAt = began;
      partition.isFetching = true;
    }
    const mayWait = partitions.some(({ key }) => !this.#owned.has(key));
    const positions = asked.map(({ partition: { topic, partition }, offset }) => ({
      topic,
      partition,
      offset,
    }));
    try {
      const answers = await source.fetchNew(leader, positions, mayWait ? WAIT_MS : 0);
      asked.forEach((each, index) => this.#received(each, answers[index]));
      const hasFailed = answers.some((answer) => answer instanceof Error);
      const gatherMs = Math.min(MOST_GATHER_MS, this.clock.monotonic() - began);
      await this.clock.sleep(hasFailed ? FAILURE_PAUSE_MS : gatherMs);
    } catch {
      // Whoever appends or asks for offsets tells that the brokers do not answer.
      await this.clock.sleep(FAILURE_PAUSE_MS);
    } finally {
      for (const partition of partitions) partition.isFetching = false;
    }
  }

  #received({ partition, resets, offset }: Asked, answer: Answer | undefined): void {
    if (partition.resets !== resets) return;
    if (answer === undefined || answer instanceof Error) return partition.reset();
    const last = answer.at(-1);
    if (!last) {
      if (partition.isBehind && this.#owned.has(partition.key)) this.#rest(partition);
      return;
    }
    partition.restMs = 0;
    const records = answer.filter(({ isControlRecord }) => !isControlRecord);
    partition.receive({ first: offset, next: Number(last.offset) + 1, records });
    this.#decodeSoon(partition);
  }

  /**
   * Waits ever longer for records that exist but cannot be read yet, such as those behind another producer's open
   * transaction.
   */
  #rest(partition: TailedPartition): void {
    partition.restMs = Math.min(OWNED_MS, 2 * partition.restMs || MOST_GATHER_MS);
    if (partition.isResting) return;
    partition.isResting = true;
    this.clock.after(partition.restMs, () => {
      partition.isResting = false;
      this.#look();
    });
  }

  /** After the writers of these records have answered. */
  #decodeSoon(partition: TailedPartition): void {
    if (partition.isDecoding) return;
    partition.isDecoding = true;
    setImmediate(() => void this.#decode(partition));
  }

  /** A record that cannot be read, or not now, is left to the readers. */
  async #decode(partition: TailedPartition): Promise<void> {
    const { topic, partition: number } = partition;
    for (let received = partition.takeReceived(); received; received = partition.takeReceived()) {
      const { resets } = partition;
      const { first, next, records } = received;
      const decoded = await this.log.decodeReadable(topic, number, records).catch(() => undefined);
      if (partition.resets !== resets) continue;
      if (!decoded || decoded.failure) partition.reset();
      else partition.append({ topic, partition: number, first, next, events: decoded.events });
    }
    partition.isDecoding = false;
  }
}

type Answer = Awaited<ReturnType<TailSource['fetchNew']>>[number];

interface Asked {
  readonly partition: TailedPartition;
  readonly resets: number;
  readonly offset: number;
}
