import {
  asError,
  type Clock,
  type EventBatch,
  inBackground,
  type LogReader,
  type Position,
  type SizedEvent,
  type TopicPartition,
} from '#libs/kernel';
import { EventQueue, PartitionTail, type TailLimits } from '#libs/webhook-delivery/core';

export interface SharedTailLimits {
  /** How often it looks for what is new. */
  readonly pollMs: number;
  /** Events that are held in memory of each partition. */
  readonly recentEvents: number;
  /** And how much memory these may take, of all partitions together. */
  readonly recentBytes: number;
  /** So long it may fail before readers are told. */
  readonly patienceMs: number;
}

/** A record that cannot be read is looked at again: the schema that it wants may come. */
const UNREADABLE_PAUSE_MS = 1_000;
/** Who does not answer is not asked in a tight loop. */
const FAILURE_PAUSE_MS = 200;

export interface TailPartition extends TopicPartition {
  readonly recent: RecentEvents;
  /** Why the record at `recent.next` cannot be read, if so. */
  readonly unreadable: string | undefined;
}

interface OwnPartition extends TailPartition {
  unreadable: string | undefined;
  readAgainAt: number;
  /** Set while it cannot be read, though it has grown. */
  failing: Failing | undefined;
}

interface Failing {
  readonly since: number;
  error: Error;
  isTold: boolean;
}

/** Reads what is new in every partition, once for all readers of the process, and holds the newest in memory. */
export class SharedTail {
  readonly partitions: readonly TailPartition[];
  readonly #own: readonly OwnPartition[];
  readonly #topics: readonly string[];
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  #changes = 0;
  /** Set while the log cannot be asked for its ends. */
  #failing: Failing | undefined;
  #unread = 0;

  /** @param ends where it begins: the end of every partition there is, by topic and partition */
  constructor(
    ends: readonly Position[],
    private readonly log: Pick<LogReader<SizedEvent>, 'endOffsets' | 'fetch'>,
    private readonly clock: Clock,
    private readonly limits: SharedTailLimits,
  ) {
    const bounds = { events: limits.recentEvents, bytes: limits.recentBytes / ends.length };
    this.#own = ends.map(({ topic, partition, offset }) => {
      return {
        topic,
        partition,
        recent: new RecentEvents({ topic, partition, offset }, bounds),
        unreadable: undefined,
        readAgainAt: 0,
        failing: undefined,
      };
    });
    this.partitions = this.#own;
    this.#topics = [...new Set(ends.map(({ topic }) => topic))];
  }

  /** Goes up with each change that readers may have waited for. */
  get changes(): number {
    return this.#changes;
  }

  /** Why nothing new of these topics may have come for some time, if so. What fails in one topic is no fault of others. */
  faultIn(topics: ReadonlySet<string>): Error | undefined {
    const concerned = this.#own.filter(({ topic }) => topics.has(topic)).map(({ failing }) => failing);
    return [this.#failing, ...concerned].find((failing) => failing && this.#isLasting(failing))?.error;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Offsets that are in the log and not read yet, as it was looked at last. */
  get lag(): number {
    return this.#unread;
  }

  start(): void {
    // Who reads on gets another tail.
    inBackground(
      () => this.#run(),
      () => this.stop(),
    );
  }

  stop(): void {
    this.#stop.abort();
    this.#notify();
  }

  /** Calls the listener at each change. Returns how to unsubscribe. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const goOn = await this.#round().catch((error: unknown) => {
        this.#failing = this.#failed(this.#failing, error);
        return false;
      });
      if (!goOn)
        await this.clock.sleep(this.#failing ? FAILURE_PAUSE_MS : this.limits.pollMs, this.#stop.signal);
    }
  }

  /** Reads a piece of each partition that has grown. `true` when there is more. */
  async #round(): Promise<boolean> {
    const ends = await this.log.endOffsets(this.#topics);
    if (this.#isOfOtherPartitions(ends)) {
      // Who reads on gets a tail that has them all.
      this.stop();
      return false;
    }
    const due = this.#own.flatMap((own, index) => {
      const { offset: end = 0, isStopped = false } = ends[index] ?? {};
      if (isStopped) own.failing = this.#failed(own.failing, new Error(`topic ${own.topic} is stopped`));
      else if (end <= own.recent.next) own.failing = undefined;
      return end > own.recent.next && this.clock.now() >= own.readAgainAt ? [{ own, end }] : [];
    });
    const reads = await Promise.all(due.map(({ own }) => this.#readOn(own)));
    if (this.#stop.signal.aborted) return false;
    this.#unread = this.#own.reduce(
      (sum, { recent }, index) => sum + Math.max(0, (ends[index]?.offset ?? 0) - recent.next),
      0,
    );
    this.#failing = undefined;
    const hasGrown = reads.includes(true);
    if (hasGrown) this.#notify();
    return (
      hasGrown && due.some(({ own, end }) => own.recent.next < end && this.clock.now() >= own.readAgainAt)
    );
  }

  /** `true` when readers have something new to see. */
  async #readOn(own: OwnPartition): Promise<boolean> {
    const { topic, partition, recent } = own;
    const first = recent.next;
    let piece: EventBatch<SizedEvent>;
    try {
      piece = await this.log.fetch({ topic, partition, offset: first });
      own.failing = undefined;
    } catch (error) {
      own.failing = this.#failed(own.failing, error);
      own.readAgainAt = this.clock.now() + FAILURE_PAUSE_MS;
      return false;
    }
    const wasUnreadable = own.unreadable !== undefined;
    recent.append(piece);
    own.unreadable = piece.unreadable;
    if (piece.unreadable !== undefined) own.readAgainAt = this.clock.now() + UNREADABLE_PAUSE_MS;
    return piece.next > first || wasUnreadable !== (piece.unreadable !== undefined);
  }

  /** Readers are told once, and not of what is soon over. */
  #failed(before: Failing | undefined, thrown: unknown): Failing {
    const failing = before ?? { since: this.clock.now(), error: asError(thrown), isTold: false };
    failing.error = asError(thrown);
    if (this.#isLasting(failing) && !failing.isTold) {
      failing.isTold = true;
      this.#notify();
    }
    return failing;
  }

  #isLasting({ since }: Failing): boolean {
    return this.clock.now() >= since + this.limits.patienceMs;
  }

  #isOfOtherPartitions(ends: readonly TopicPartition[]): boolean {
    return (
      ends.length !== this.#own.length ||
      ends.some(({ topic, partition }, index) => {
        const own = this.#own[index];
        return own?.topic !== topic || own.partition !== partition;
      })
    );
  }

  #notify(): void {
    this.#changes++;
    for (const listener of this.#listeners) listener();
  }
}

/** The tail of a partition, by tenant too, so that a reader looks at no event of others, however many these are. */
class RecentEvents {
  readonly #tail: PartitionTail;
  readonly #ofTenants = new Map<string, EventQueue>();

  constructor(start: Position, limits: TailLimits) {
    this.#tail = new PartitionTail(start, limits, (event) => this.#dropped(event));
  }

  get start(): number {
    return this.#tail.start;
  }

  get next(): number {
    return this.#tail.next;
  }

  /** The piece of the log that begins at `next`. */
  append(batch: EventBatch<SizedEvent>): void {
    for (const event of batch.events) {
      const { tenant } = event.metadata;
      const own = this.#ofTenants.get(tenant) ?? new EventQueue();
      this.#ofTenants.set(tenant, own);
      own.push(event);
    }
    this.#tail.append(batch);
  }

  /** At most so many of a tenant's events, from an offset on that lies between `start` and `next`. */
  read(tenant: string, offset: number, limit: number): EventBatch<SizedEvent> {
    const { events, isAll } = this.#ofTenants.get(tenant)?.from(offset, limit) ?? { events: [], isAll: true };
    return this.#tail.batchOf(events, offset, isAll);
  }

  /** The oldest of all is the oldest of its tenant. */
  #dropped({ metadata: { tenant } }: SizedEvent): void {
    const own = this.#ofTenants.get(tenant);
    own?.shift();
    if (own?.length === 0) this.#ofTenants.delete(tenant);
  }
}
