import {
  type Clock,
  type EventBatch,
  onAbort,
  retryUntilStopped,
  type SizedEvent,
  type TopicPartition,
} from '#libs/kernel';
import type { DispatchPorts } from '../dispatch-limits.js';
import type { EventOffers } from './partition-feeds.js';

/** Pause before another try: an operator may have repaired the record or skipped it. */
const AGAIN_MS = 2_000;
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
  #readers = new Map<string, Reader>();
  #turns = 0;
  /** The last chunk, kept for feeds that had no room for all of it. */
  #piece: EventBatch<SizedEvent> | undefined;
  readonly #unreadable: UnreadablePlaces;

  constructor(
    private readonly partition: TopicPartition,
    private readonly offers: EventOffers,
    private readonly ports: DispatchPorts,
    private readonly stop: AbortSignal,
  ) {
    onAbort(stop, () => offers.historyWanted.notify());
    this.#unreadable = new UnreadablePlaces(ports.clock);
  }

  /** Reads until it is stopped. */
  async run(): Promise<void> {
    while (!this.stop.aborted) {
      const changed = this.offers.historyWanted.next();
      const place = this.#nextPlace();
      if (!place) {
        if (this.offers.behind().length === 0) this.#piece = undefined;
        await (this.#unreadable.any
          ? Promise.race([changed, this.#unreadable.untilNextTry(this.stop)])
          : changed);
        continue;
      }
      const { reader, from } = place;
      const piece = await this.#pieceAt(from);
      if (this.stop.aborted) return;
      if (!piece) continue;
      this.offers.offerHistory(piece);
      reader.position = piece.next;
      reader.turn = ++this.#turns;
      if (piece.next === from) await this.ports.clock.sleep(EMPTY_READ_PAUSE_MS, this.stop);
    }
  }

  /** `undefined` at an unreadable record. */
  async #readIfReadable(from: number): Promise<EventBatch<SizedEvent> | undefined> {
    const batch = await this.ports.log.fetch({ ...this.partition, offset: from });
    if (batch.unreadable === undefined || batch.next > from) return batch;
    this.#unreadable.add(from);
    this.ports.observer.failed('read', this.partition, new Error(batch.unreadable));
    if (from === this.offers.scannedOffset && !this.offers.isStuck) this.offers.stick();
    return undefined;
  }

  async #pieceAt(from: number): Promise<EventBatch<SizedEvent> | undefined> {
    if (this.#piece && this.#piece.first <= from && from < this.#piece.next) return this.#piece;
    this.#piece = undefined;
    this.#piece = await retryUntilStopped(
      () => this.#readIfReadable(from),
      (error) => this.ports.observer.failed('read', this.partition, error),
      this.ports,
      this.stop,
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
    for (const active of this.offers.behind()) {
      const reader = readerOf(active.indexed.feed.subscription.tenant);
      if (active.needsHistory) consider(reader, active.next);
    }
    const scannedOffset = this.offers.scannedOffset;
    const idle = readerOf(IDLE_FEEDS);
    if (scannedOffset < this.offers.recent.start) consider(idle, scannedOffset);
    let next: Place | undefined;
    for (const [reader, from] of waiting) {
      if (!next || reader.turn < next.reader.turn) next = { reader, from };
    }
    return next;
  }
}

/** Offsets of a partition that cannot be read, so that feeds elsewhere do not wait for them. */
export class UnreadablePlaces {
  readonly #until = new Map<number, number>();

  constructor(private readonly clock: Clock) {}

  get any(): boolean {
    return this.#until.size > 0;
  }

  add(place: number): void {
    this.#until.set(place, this.clock.now() + AGAIN_MS);
  }

  /** Whether the next try is not due yet. */
  has(place: number): boolean {
    const until = this.#until.get(place);
    if (until === undefined || this.clock.now() < until) return until !== undefined;
    this.#until.delete(place);
    return false;
  }

  async untilNextTry(stop: AbortSignal): Promise<void> {
    await this.clock.sleep(AGAIN_MS, stop);
    // Clears offsets that no feed may be waiting at any more.
    for (const place of this.#until.keys()) this.has(place);
  }
}

/** Whether one offset comes before another, counting upward from here and then from the start. */
const comesFirst = (place: number, other: number, here: number): boolean =>
  place >= here === other >= here ? place < other : place >= here;
