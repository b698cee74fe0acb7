import {
  asError,
  type Clock,
  type EventBatch,
  EventQueue,
  inBackground,
  type LogReader,
  type Position,
  RecentEvents,
  type RecentLimits,
  type SizedEvent,
  type TopicPartition,
} from '#libs/kernel';

export interface SharedTailLimits {
  /** Milliseconds between looks for new events. */
  readonly pollMs: number;
  /** Maximum number of events in memory per partition. */
  readonly recentEvents: number;
  /** Memory limit of all partitions together. */
  readonly recentBytes: number;
  /** How long the tail may fail before readers are told. */
  readonly patienceMs: number;
}

/** An unreadable record is retried, because its schema may yet be registered. */
const UNREADABLE_PAUSE_MS = 1_000;
const FAILURE_PAUSE_MS = 200;

export interface TailPartition extends TopicPartition {
  readonly recent: RecentEventsByTenant;
  /** Why the record at `recent.next` cannot be read, if so. */
  readonly unreadable: string | undefined;
}

interface OwnPartition extends TailPartition {
  unreadable: string | undefined;
  readAgainAt: number;
  /** Set while its new records cannot be read. */
  failing: Failing | undefined;
}

interface Failing {
  readonly since: number;
  error: Error;
  isTold: boolean;
}

/** Reads new events of every partition once for all readers, and keeps the newest in memory. */
export class SharedTail {
  readonly partitions: readonly TailPartition[];
  readonly #own: readonly OwnPartition[];
  readonly #topics: readonly string[];
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #takers = new Set<(events: readonly SizedEvent[]) => void>();
  #changes = 0;
  /** Set while the ends cannot be read. */
  #failing: Failing | undefined;
  #unread = 0;

  /** @param ends the end of every partition, ordered by topic and partition; the tail begins there */
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
        recent: new RecentEventsByTenant({ topic, partition, offset }, bounds),
        unreadable: undefined,
        readAgainAt: 0,
        failing: undefined,
      };
    });
    this.partitions = this.#own;
    this.#topics = [...new Set(ends.map(({ topic }) => topic))];
  }

  /** Counts the changes that readers may wait for. */
  get changes(): number {
    return this.#changes;
  }

  /** The lasting fault that may hide new events of these topics, if any. */
  faultIn(topics: ReadonlySet<string>): Error | undefined {
    const concerned = this.#own.filter(({ topic }) => topics.has(topic)).map(({ failing }) => failing);
    return [this.#failing, ...concerned].find((failing) => failing && this.#isLasting(failing))?.error;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Offsets not read yet, as of the last look. */
  get lag(): number {
    return this.#unread;
  }

  start(): void {
    // Later readers get a new tail.
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

  /** Hands over what is new, of all tenants, as it is read. @returns how to unsubscribe */
  onEvents(take: (events: readonly SizedEvent[]) => void): () => void {
    this.#takers.add(take);
    return () => this.#takers.delete(take);
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

  /** Reads a batch of each partition that has grown. @returns whether there is more */
  async #round(): Promise<boolean> {
    const ends = await this.log.endOffsets(this.#topics);
    if (this.#isOfOtherPartitions(ends)) {
      // Later readers get a new tail, with all partitions.
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

  /** @returns whether readers have something new to see */
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
    for (const take of this.#takers) take(piece.events);
    own.unreadable = piece.unreadable;
    if (piece.unreadable !== undefined) own.readAgainAt = this.clock.now() + UNREADABLE_PAUSE_MS;
    return piece.next > first || wasUnreadable !== (piece.unreadable !== undefined);
  }

  /** Notifies readers once, and only of a lasting failure. */
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

/** The recent events of a partition, indexed by tenant, so that a reader scans no events of others. */
class RecentEventsByTenant {
  readonly #events: RecentEvents;
  readonly #ofTenants = new Map<string, EventQueue>();

  constructor(start: Position, limits: RecentLimits) {
    this.#events = new RecentEvents(start, limits, (event) => this.#dropped(event));
  }

  get start(): number {
    return this.#events.start;
  }

  get next(): number {
    return this.#events.next;
  }

  /** @param batch that begins at `next` */
  append(batch: EventBatch<SizedEvent>): void {
    for (const event of batch.events) {
      const { tenant } = event.metadata;
      const own = this.#ofTenants.get(tenant) ?? new EventQueue();
      this.#ofTenants.set(tenant, own);
      own.push(event);
    }
    this.#events.append(batch);
  }

  /** @param offset from `start` to `next` */
  read(tenant: string, offset: number, limit: number): EventBatch<SizedEvent> {
    const { events, isAll } = this.#ofTenants.get(tenant)?.from(offset, limit) ?? { events: [], isAll: true };
    return this.#events.batchOf(events, offset, isAll);
  }

  /** The partition's oldest event is also its tenant's oldest. */
  #dropped({ metadata: { tenant } }: SizedEvent): void {
    const own = this.#ofTenants.get(tenant);
    own?.shift();
    if (own?.length === 0) this.#ofTenants.delete(tenant);
  }
}
