import type { EventBatch, LogReader, SizedEvent, TopicPartition } from '#libs/kernel';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { DispatchObserver } from '../observer.js';
import { ChangeSignal, StopSignal } from '../timing/stop-signal.js';
import { type RetryPorts, retryUntilStopped } from '../timing/retry-until-stopped.js';
import { UnreadablePlaces } from './unreadable-places.js';
import type { PartitionTail } from '../tail/partition-tail.js';

export interface ScanPorts extends RetryPorts {
  readonly log: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly observer: DispatchObserver;
}

export interface ScanLimits {
  /** A tail that was not continued for so long is looked after. */
  readonly tailSilenceMs: number;
}

/** What the scan is for. */
export interface Scanned {
  /** All before was looked at for those at rest. */
  scannedOffset(): number;
  /** Looks at what follows on that. */
  examine(batch: EventBatch<SizedEvent>): void;
  /** Continues the tail. */
  append(batch: EventBatch<SizedEvent>): void;
  /** Runs that come next to what is not in memory, whether they have room for it or not. */
  behind(): readonly ActiveFeed[];
  /** One of them has come further: what it wants next may be in memory. */
  offered(active: ActiveFeed): void;
  /** Those at rest have come to a place that cannot be read: nobody comes further with them. */
  stuck(): void;
}

/** The log has something there, and does not give it yet. */
const EMPTY_READ_PAUSE_MS = 100;

/** Those at rest, who wait at one place together, have their turn as a tenant has. */
const IDLE_FEEDS = '';

/** A tenant of which runs are behind. */
interface Reader {
  /** The turn that it had last; 0 before the first. */
  turn: number;
  /** Where it was read for last. */
  position: number;
}

interface Place {
  readonly reader: Reader;
  readonly from: number;
}

/**
 * The one reader of a partition's history, for all who are behind. Tenants take turns, a piece of the log each, so that none
 * waits for however many places another is behind at. For each the reader goes through the log from the lowest place that
 * it waits at, takes up all that it passes, and begins at the lowest again when there is nobody further on. Who has no room
 * is passed by, and taken up the next time; who has little is not read for until it has more, or hardly anything left to
 * deliver.
 */
export class HistoryScan {
  readonly #changed = new ChangeSignal();
  readonly #stop = new StopSignal();
  #readers = new Map<string, Reader>();
  #turns = 0;
  /** What was read last, from `first` on: who had no room for all of it comes back for the rest. */
  #piece: EventBatch<SizedEvent> | undefined;
  readonly #unreadable: UnreadablePlaces;
  #stuckAt: number | undefined;

  constructor(
    private readonly partition: TopicPartition,
    private readonly tail: PartitionTail,
    private readonly ports: ScanPorts,
    private readonly limits: ScanLimits,
    private readonly scanned: Scanned,
  ) {
    this.#unreadable = new UnreadablePlaces(ports.timers);
  }

  /** Reads until it is stopped. */
  async run(): Promise<void> {
    await Promise.all([this.#read(), this.#watchTail()]);
  }

  stop(): void {
    this.#stop.stop();
    this.#changed.notify();
  }

  /** Those at rest wait at a place that cannot be read, until a person has decided. */
  get isStuck(): boolean {
    return this.#stuckAt === this.scanned.scannedOffset();
  }

  /** Somebody may be behind. */
  notify(): void {
    this.#changed.notify();
  }

  async #read(): Promise<void> {
    while (!this.#stop.stopped) {
      const changed = this.#changed.next();
      const place = this.#nextPlace();
      if (!place) {
        if (this.scanned.behind().length === 0) this.#piece = undefined;
        await (this.#unreadable.any
          ? Promise.race([changed, this.#unreadable.untilNextTry(this.#stop)])
          : changed);
        continue;
      }
      const { reader, from } = place;
      const piece = await this.#pieceAt(from);
      if (this.#stop.stopped) return;
      if (!piece) continue;
      this.#hand(piece);
      reader.position = piece.next;
      reader.turn = ++this.#turns;
      if (piece.next === from) await this.ports.timers.sleep(EMPTY_READ_PAUSE_MS, this.#stop);
    }
  }

  /** What is there; `undefined` where nothing can be read until a person has decided. */
  async #readIfReadable(from: number): Promise<EventBatch<SizedEvent> | undefined> {
    const batch = await this.ports.log.fetch({ ...this.partition, offset: from });
    if (batch.unreadable === undefined || batch.next > from) return batch;
    this.#unreadable.add(from);
    this.ports.observer.failed('read', this.partition, new Error(batch.unreadable));
    if (from === this.scanned.scannedOffset() && !this.isStuck) {
      this.#stuckAt = from;
      this.scanned.stuck();
    }
    return undefined;
  }

  async #pieceAt(from: number): Promise<EventBatch<SizedEvent> | undefined> {
    if (this.#piece && this.#piece.first <= from && from < this.#piece.next) return this.#piece;
    this.#piece = undefined;
    this.#piece = await retryUntilStopped(
      () => this.#readIfReadable(from),
      (error) => this.ports.observer.failed('read', this.partition, error),
      this.ports,
      this.#stop,
    );
    return this.#piece;
  }

  /** Of the reader whose turn it is: of the places that it waits at the first from here on, else the first of all. */
  #nextPlace(): Place | undefined {
    const known = this.#readers;
    // Only of those who are behind there is something to remember: also while they have no room.
    this.#readers = new Map();
    const waiting = new Map<Reader, number>();
    const readerOf = (tenant: string): Reader => {
      const reader = this.#readers.get(tenant) ?? known.get(tenant) ?? { turn: 0, position: 0 };
      this.#readers.set(tenant, reader);
      return reader;
    };
    const consider = (reader: Reader, place: number): void => {
      if (this.#unreadable.has(place)) return;
      const best = waiting.get(reader);
      if (best === undefined || comesFirst(place, best, reader.position)) waiting.set(reader, place);
    };
    for (const active of this.scanned.behind()) {
      const reader = readerOf(active.indexed.feed.subscription.tenant);
      if (active.needsHistory) consider(reader, active.next);
    }
    const scannedOffset = this.scanned.scannedOffset();
    const idle = readerOf(IDLE_FEEDS);
    if (scannedOffset < this.tail.start) consider(idle, scannedOffset);
    let next: Place | undefined;
    for (const [reader, from] of waiting) {
      if (!next || reader.turn < next.reader.turn) next = { reader, from };
    }
    return next;
  }

  #hand(piece: EventBatch<SizedEvent>): void {
    for (const active of this.scanned.behind()) {
      if (!active.isOpen || active.next < piece.first || active.next >= piece.next) continue;
      active.offer(piece);
      this.scanned.offered(active);
    }
    const scannedOffset = this.scanned.scannedOffset();
    if (scannedOffset >= piece.first && scannedOffset < piece.next) this.scanned.examine(piece);
  }

  /**
   * Whoever brings the tail may be held up, by a rebalance or a broker that was away. So that subscribers don't wait
   * for that, a silent tail is continued from the log itself.
   */
  async #watchTail(): Promise<void> {
    while (!this.#stop.stopped) {
      const { next } = this.tail;
      await this.ports.timers.sleep(this.limits.tailSilenceMs, this.#stop);
      if (this.#stop.stopped || this.tail.next !== next) continue;
      // While the log does not answer there is nothing to continue with.
      const batch = await this.ports.log.fetch({ ...this.partition, offset: next }).catch(() => undefined);
      if (batch && this.tail.next === next && batch.next > next) this.scanned.append(batch);
    }
  }
}

/** Whether one place comes before another, seen from here on and round. */
const comesFirst = (place: number, other: number, here: number): boolean =>
  place >= here === other >= here ? place < other : place >= here;
