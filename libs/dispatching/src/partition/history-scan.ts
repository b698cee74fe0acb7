import type { EventBatch, LogReader, SizedEvent, TopicPartition } from '#libs/kernel';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { DispatchObserver } from '../observer.js';
import { ChangeSignal } from '../timing/change-signal.js';
import { type RetryPorts, retryUntilStopped } from '../timing/retry-until-stopped.js';
import { UnreadablePlaces } from './unreadable-places.js';
import type { PartitionTail } from '../tail/partition-tail.js';

export interface ScanPorts extends RetryPorts {
  readonly log: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly observer: DispatchObserver;
}

export interface ScanLimits {
  /** A tail that is silent for this long is continued from the log. */
  readonly tailSilenceMs: number;
}

/** The scan's view of its dispatcher. */
export interface Scanned {
  /** Every event below this was matched against all idle feeds. */
  scannedOffset(): number;
  /** Matches events that continue from the scanned offset. */
  examine(batch: EventBatch<SizedEvent>): void;
  /** Continues the tail. */
  append(batch: EventBatch<SizedEvent>): void;
  /** Feeds whose next event is not in memory, with or without room for it. */
  behind(): readonly ActiveFeed[];
  /** A feed has advanced, and its next event may be in memory. */
  offered(active: ActiveFeed): void;
  /** The scanned offset is at an unreadable record, so it cannot advance. */
  stuck(): void;
}

/** Pause when the log has an event that it does not return yet. */
const EMPTY_READ_PAUSE_MS = 100;

/** All idle feeds wait at one offset and share one turn, as a tenant does. */
const IDLE_FEEDS = '';

/** A tenant with feeds that are behind. */
interface Reader {
  /** Number of its last turn; 0 before the first. */
  turn: number;
  /** Where its last read ended. */
  position: number;
}

interface Place {
  readonly reader: Reader;
  readonly from: number;
}

/**
 * The only reader of a partition's history, shared by all feeds that are behind. Tenants take turns, one chunk of the log
 * each, however many offsets one of them waits at. For each tenant it reads upward from the lowest offset, serves every
 * feed that it passes, and returns to the lowest one when no feed is further on. A feed without room is passed and served
 * the next time; no chunk is read for a feed with little room until it has more or is nearly empty.
 */
export class HistoryScan {
  readonly #changed = new ChangeSignal();
  readonly #stop = new AbortController();
  #readers = new Map<string, Reader>();
  #turns = 0;
  /** The last chunk, kept for feeds that had no room for all of it. */
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
    this.#unreadable = new UnreadablePlaces(ports.clock);
  }

  /** Reads until it is stopped. */
  async run(): Promise<void> {
    await Promise.all([this.#read(), this.#watchTail()]);
  }

  stop(): void {
    this.#stop.abort();
    this.#changed.notify();
  }

  /** The scanned offset is at an unreadable record and waits for an operator. */
  get isStuck(): boolean {
    return this.#stuckAt === this.scanned.scannedOffset();
  }

  /** A feed may have fallen behind. */
  notify(): void {
    this.#changed.notify();
  }

  async #read(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const changed = this.#changed.next();
      const place = this.#nextPlace();
      if (!place) {
        if (this.scanned.behind().length === 0) this.#piece = undefined;
        await (this.#unreadable.any
          ? Promise.race([changed, this.#unreadable.untilNextTry(this.#stop.signal)])
          : changed);
        continue;
      }
      const { reader, from } = place;
      const piece = await this.#pieceAt(from);
      if (this.#stop.signal.aborted) return;
      if (!piece) continue;
      this.#hand(piece);
      reader.position = piece.next;
      reader.turn = ++this.#turns;
      if (piece.next === from) await this.ports.clock.sleep(EMPTY_READ_PAUSE_MS, this.#stop.signal);
    }
  }

  /** `undefined` at an unreadable record. */
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
      this.#stop.signal,
    );
    return this.#piece;
  }

  /** The offset to read next: the nearest one upward for the tenant whose turn it is, else its lowest. */
  #nextPlace(): Place | undefined {
    const known = this.#readers;
    // Tenants without feeds that are behind are forgotten; those without room keep their turn.
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
   * The consumer that feeds the tail may be delayed by a rebalance or a broker outage. Subscribers don't wait for it: a
   * silent tail is continued from the log itself.
   */
  async #watchTail(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { next } = this.tail;
      await this.ports.clock.sleep(this.limits.tailSilenceMs, this.#stop.signal);
      if (this.#stop.signal.aborted || this.tail.next !== next) continue;
      // A failed read is retried after the next silence.
      const batch = await this.ports.log.fetch({ ...this.partition, offset: next }).catch(() => undefined);
      if (batch && this.tail.next === next && batch.next > next) this.scanned.append(batch);
    }
  }
}

/** Whether one offset comes before another, counting upward from here and then from the start. */
const comesFirst = (place: number, other: number, here: number): boolean =>
  place >= here === other >= here ? place < other : place >= here;
