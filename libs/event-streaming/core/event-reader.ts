import { EVENT_CONTRACTS, matchesEventType } from '#libs/contracts';
import {
  type Clock,
  type EventBatch,
  formatPosition,
  onAbort,
  type Position,
  type SizedEvent,
  topicPartitionKey,
} from '#libs/kernel';
import { interestMatcherOf, type EventMatcher } from '#libs/webhook-delivery/core';
import type { HistoryReads } from './history-reads.js';
import { encodeLogCursor } from './log-cursor.js';
import type { SharedTail, TailPartition } from './shared-tail.js';

/** What one reader is to be given. */
export interface ReaderInterest {
  readonly tenant: string;
  /** Patterns as in webhook subscriptions. */
  readonly eventTypes: readonly string[];
}

/** What a reader is given at once: events of one partition, in log order. There may be none: then others were passed over. */
export interface Portion {
  readonly events: readonly SizedEvent[];
  /** Where the reader stands once it has had the event of this index. */
  cursorAfter(index: number): string;
}

interface Place extends Position {
  offset: number;
  readonly from: TailPartition;
  /** Why the record at `offset` cannot be read, as the log told it last. */
  unreadable: string | undefined;
  isGone: boolean;
}

/** What a reader does not go past. */
export interface Obstacle {
  readonly position: string;
  readonly reason: string;
  /** What it was to read is not in the log any more. */
  readonly isGone?: true;
}

/**
 * One reader of all partitions. Who asks for an offset that the tail has gets it from memory, who asks for an earlier
 * one from the history of the log. There is no hand-over between the two: the offset decides, so that nothing can be
 * missed or come twice. It reads when it is asked to, never ahead.
 */
export class EventReader {
  readonly #places: readonly Place[];
  readonly #matches: EventMatcher;
  /** Topics that hold events of the types asked for; others have nothing to look for. */
  readonly #topics: ReadonlySet<string>;
  #turn: number;
  #seen = -1;

  constructor(
    private readonly tail: SharedTail,
    private readonly history: HistoryReads,
    private readonly clock: Clock,
    private readonly interest: ReaderInterest,
    start: readonly Position[],
    /** From 0 to 1: which partition comes first, so that a busy one cannot keep others from readers who ask anew each time. */
    turn: number,
  ) {
    const offsets = new Map(start.map((position) => [topicPartitionKey(position), position.offset]));
    this.#places = tail.partitions.map((from) => {
      const { topic, partition } = from;
      // What is not named is younger than the cursor: all of it is new.
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

  /** Where it stands: behind the last portion. */
  get cursor(): string {
    return encodeLogCursor(this.#places);
  }

  /** Offsets between where it stands and where the tail is. */
  get lag(): number {
    return this.#places.reduce((sum, { offset, from }) => sum + Math.max(0, from.recent.next - offset), 0);
  }

  /** Nothing new comes any more. */
  get ended(): boolean {
    return this.tail.stopped;
  }

  /** Why nothing new may have come, if the log does not answer. */
  get fault(): Error | undefined {
    return this.tail.faultIn(this.#topics);
  }

  /** A record that it has come to and that cannot be read, if there is one: it does not go past. */
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
   * What is there now; `undefined` when all that is known of has been read.
   * @param bytes that the events may take in memory; the first one may take more
   * @throws what the log throws
   */
  async next(limit: number, bytes = Number.POSITIVE_INFINITY): Promise<Portion | undefined> {
    this.#seen = this.tail.changes;
    const count = this.#places.length;
    for (let n = 0; n < count; n++) {
      const index = (this.#turn + n) % count;
      const place = this.#places[index];
      const piece = place && (await this.#pieceAt(place, limit));
      if (!place || !piece) continue;
      this.#turn = (index + 1) % count;
      return this.#take(place, piece, limit, bytes);
    }
    return undefined;
  }

  /** Waits until there may be more than `next` has found, at most so long. */
  async wait(ms: number, stop: AbortSignal): Promise<void> {
    if (this.#seen !== this.tail.changes) return;
    let subscriptions: readonly (() => void)[] = [];
    await new Promise<void>((resolve) => {
      subscriptions = [this.clock.after(ms, resolve), this.tail.onChange(resolve), onAbort(stop, resolve)];
    });
    for (const unsubscribe of subscriptions) unsubscribe();
  }

  async #pieceAt(place: Place, limit: number): Promise<EventBatch<SizedEvent> | undefined> {
    const { offset, from, topic, partition } = place;
    const { recent } = from;
    if (offset >= recent.next) return undefined;
    if (!this.#topics.has(topic)) {
      place.offset = recent.next;
      return undefined;
    }
    if (offset >= recent.start) return this.#recentPiece(place, limit);
    const piece = await this.history.read(this.interest.tenant, { topic, partition, offset });
    place.unreadable = piece.next === offset ? piece.unreadable : undefined;
    place.isGone = place.unreadable !== undefined && piece.isGone === true;
    return piece.next === offset ? undefined : piece;
  }

  /** Passing over what is in memory costs nothing: it is no reason to return. */
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

/** How many of them fit, but one at least. */
function countWithin(events: readonly SizedEvent[], bytes: number): number {
  let left = bytes;
  const tooMany = events.findIndex((event) => (left -= event.bytes) < 0);
  return tooMany < 0 ? events.length : Math.max(1, tooMany);
}

const topicsOf = (patterns: readonly string[]): ReadonlySet<string> =>
  new Set(
    EVENT_CONTRACTS.filter(({ eventType }) =>
      patterns.some((pattern) => matchesEventType(pattern, eventType)),
    ).map(({ topic }) => topic),
  );
