import { TENANT_EVENT_CONTRACTS, matchesEventType } from '#libs/contracts';
import {
  type Clock,
  type EventBatch,
  formatPosition,
  LogUnavailableError,
  onAbort,
  type Position,
  type SizedEvent,
  topicPartitionKey,
  unlessAborted,
} from '#libs/kernel';
import { interestMatcherOf, type EventMatcher } from '#libs/webhook-delivery/core';
import type { HistoryReads } from './history-reads.js';
import { encodeLogCursor } from './log-cursor.js';
import type { SharedTail, TailPartition } from './shared-tail.js';

export interface ReaderInterest {
  readonly tenant: string;
  /** Patterns as in webhook subscriptions. */
  readonly eventTypes: readonly string[];
}

/** Consecutive events of one partition; none if everything read belongs to others. */
export interface Portion {
  readonly events: readonly SizedEvent[];
  /** The cursor after the event at this index. */
  cursorAfter(index: number): string;
}

interface Place extends Position {
  offset: number;
  readonly from: TailPartition;
  /** Why the record at `offset` could not be read last time. */
  unreadable: string | undefined;
  isGone: boolean;
}

/** A record that blocks the reader. */
export interface Obstacle {
  readonly position: string;
  readonly reason: string;
  /** The record is no longer in the log. */
  readonly isGone?: true;
}

/**
 * Reads all partitions for one client: offsets that the tail holds from memory, earlier ones from the log. The offset alone
 * decides, so there is no hand-over that could skip or repeat events. It reads on demand, never ahead.
 */
export class EventReader {
  readonly #places: readonly Place[];
  readonly #matches: EventMatcher;
  /** Topics with events of the requested types; others are skipped. */
  readonly #topics: ReadonlySet<string>;
  #turn: number;
  #seen = -1;
  #lastRead: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly tail: SharedTail,
    private readonly history: HistoryReads,
    private readonly clock: Clock,
    private readonly interest: ReaderInterest,
    start: readonly Position[],
    /** From 0 to 1: the first partition to read, so that a busy one cannot starve others when each poll opens a new reader. */
    turn: number,
  ) {
    const offsets = new Map(start.map((position) => [topicPartitionKey(position), position.offset]));
    this.#places = tail.partitions.map((from) => {
      const { topic, partition } = from;
      // A partition that the cursor does not name was added later, so all of it is new.
      return {
        topic,
        partition,
        from,
        offset: offsets.get(topicPartitionKey(from)) ?? 0,
        unreadable: undefined,
        isGone: false,
      };
    });
    this.#matches = interestMatcherOf(interest);
    this.#topics = topicsOf(interest.eventTypes);
    this.#turn = Math.floor(turn * this.#places.length);
  }

  get cursor(): string {
    return encodeLogCursor(this.#places);
  }

  /** Offsets between the reader and the tail. */
  get lag(): number {
    return this.#places.reduce((sum, { offset, from }) => sum + Math.max(0, from.recent.next - offset), 0);
  }

  /** Resolves when nothing is being read from the log for this reader, not even what it no longer waits for. */
  get idle(): Promise<unknown> {
    return this.#lastRead;
  }

  get ended(): boolean {
    return this.tail.stopped;
  }

  /** The fault of the log that may hide new events, if any. */
  get fault(): Error | undefined {
    return this.tail.faultIn(this.#topics);
  }

  /** The unreadable record that the reader has reached, if any. It never skips one. */
  get obstacle(): Obstacle | undefined {
    for (const place of this.#places) {
      const { offset, from } = place;
      const reason = offset === from.recent.next ? from.unreadable : place.unreadable;
      if (reason !== undefined && this.#topics.has(place.topic))
        return { position: formatPosition(place), reason, ...(place.isGone && { isGone: true }) };
    }
    return undefined;
  }

  /**
   * The next events; `undefined` if all known events have been read.
   * @param bytes limit of the events in memory; the first one may exceed it
   * @param stop ends the wait for the log. The reader stays where it is, whatever the log answers later
   * @throws any error of the log; LogUnavailableError if it has not answered by the stop
   */
  async next(
    limit: number,
    bytes = Number.POSITIVE_INFINITY,
    stop?: AbortSignal,
  ): Promise<Portion | undefined> {
    this.#seen = this.tail.changes;
    const count = this.#places.length;
    for (let n = 0; n < count; n++) {
      const index = (this.#turn + n) % count;
      const place = this.#places[index];
      const piece = place && (await this.#pieceAt(place, limit, stop));
      if (!place || !piece) continue;
      this.#turn = (index + 1) % count;
      return this.#take(place, piece, limit, bytes);
    }
    return undefined;
  }

  /** Waits until `next` may find more, at most this long. */
  async wait(ms: number, stop: AbortSignal): Promise<void> {
    if (this.#seen !== this.tail.changes) return;
    let subscriptions: readonly (() => void)[] = [];
    await new Promise<void>((resolve) => {
      subscriptions = [this.clock.after(ms, resolve), this.tail.onChange(resolve), onAbort(stop, resolve)];
    });
    for (const unsubscribe of subscriptions) unsubscribe();
  }

  async #pieceAt(
    place: Place,
    limit: number,
    stop: AbortSignal | undefined,
  ): Promise<EventBatch<SizedEvent> | undefined> {
    const { offset, from, topic, partition } = place;
    const { recent } = from;
    if (offset >= recent.next) return undefined;
    if (!this.#topics.has(topic)) {
      place.offset = recent.next;
      return undefined;
    }
    if (offset >= recent.start) return this.#recentPiece(place, limit);
    const piece = await this.#read({ topic, partition, offset }, stop);
    place.unreadable = piece.next === offset ? piece.unreadable : undefined;
    place.isGone = place.unreadable !== undefined && piece.isGone === true;
    return piece.next === offset ? undefined : piece;
  }

  async #read(from: Position, stop: AbortSignal | undefined): Promise<EventBatch<SizedEvent>> {
    const read = this.history.read(this.interest.tenant, from);
    this.#lastRead = read.catch(() => undefined);
    const piece = stop ? await unlessAborted(read, stop) : await read;
    if (!piece) throw new LogUnavailableError(`${formatPosition(from)} was not read in time`);
    return piece;
  }

  /** Skips foreign events in memory without returning, because that costs nothing. */
  #recentPiece(place: Place, limit: number): EventBatch<SizedEvent> | undefined {
    const { recent } = place.from;
    place.unreadable = undefined;
    while (place.offset < recent.next) {
      const piece = recent.read(this.interest.tenant, place.offset, limit);
      if (piece.events.some(this.#matches)) return piece;
      place.offset = piece.next;
    }
    return undefined;
  }

  #take(place: Place, piece: EventBatch<SizedEvent>, limit: number, bytes: number): Portion {
    const matching = piece.events
      .filter(this.#matches)
      .filter(({ position }) => position.offset >= place.offset);
    const events = matching.slice(0, Math.min(limit, countWithin(matching, bytes)));
    const last = events.at(-1);
    const end = events.length < matching.length && last ? last.position.offset + 1 : piece.next;
    place.offset = end;
    return {
      events,
      cursorAfter: (index) => {
        const event = events[index + 1] && events[index];
        return this.#cursorAt(place, event ? event.position.offset + 1 : end);
      },
    };
  }

  #cursorAt(place: Place, offset: number): string {
    const places = this.#places.map((each) => (each === place ? { ...each, offset } : each));
    return encodeLogCursor(places);
  }
}

/** How many of the events fit, at least one. */
function countWithin(events: readonly SizedEvent[], bytes: number): number {
  let left = bytes;
  const tooMany = events.findIndex((event) => (left -= event.bytes) < 0);
  return tooMany < 0 ? events.length : Math.max(1, tooMany);
}

const topicsOf = (patterns: readonly string[]): ReadonlySet<string> =>
  new Set(
    TENANT_EVENT_CONTRACTS.filter(({ eventType }) =>
      patterns.some((pattern) => matchesEventType(pattern, eventType)),
    ).map(({ topic }) => topic),
  );
