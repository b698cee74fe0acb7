import type { EventBatch, SizedEvent } from './log-reader.js';
import type { Position } from './position.js';

/** Bounds of what is kept; the oldest events are dropped first. */
export interface RecentLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The events of a partition that were read last, for readers that come back to them: the whole log from `start` up to
 * `next`, within limits.
 */
export class RecentEvents {
  #events = new EventQueue();
  #bytes = 0;
  #start: number;
  #next: number;

  /** @param dropped called with each event that is dropped */
  constructor(
    private readonly at: Position,
    private readonly limits: RecentLimits,
    private readonly dropped: (event: SizedEvent) => void = () => undefined,
  ) {
    this.#start = at.offset;
    this.#next = at.offset;
  }

  get start(): number {
    return this.#start;
  }

  /** The offset behind the last record that was read. */
  get next(): number {
    return this.#next;
  }

  /** Drops everything and continues at the offset, because the records in between were not seen. */
  restart(offset: number): void {
    while (this.#dropFirst());
    this.#start = offset;
    this.#next = offset;
  }

  /** Ignores events it already has. After a gap, it restarts behind the gap. */
  append({ first, events, next }: EventBatch<SizedEvent>): void {
    if (first > this.#next) this.restart(first);
    for (const event of events) {
      if (event.position.offset < this.#next) continue;
      this.#events.push(event);
      this.#bytes += event.bytes;
    }
    this.#next = Math.max(this.#next, next);
    while (this.#events.length > this.limits.events || this.#bytes > this.limits.bytes) this.#dropFirst();
  }

  /** Returns at most `limit` events from an offset between `start` and `next`. */
  read(offset: number, limit: number): EventBatch<SizedEvent> {
    const { events, isAll } = this.#events.from(offset, limit);
    return this.batchOf(events, offset, isAll);
  }

  /** @param isAll whether no further events are kept */
  batchOf(events: readonly SizedEvent[], first: number, isAll: boolean): EventBatch<SizedEvent> {
    const { topic, partition } = this.at;
    const last = events.at(-1);
    return { topic, partition, first, next: isAll || !last ? this.#next : last.position.offset + 1, events };
  }

  #dropFirst(): boolean {
    const event = this.#events.shift();
    if (!event) return false;
    this.#bytes -= event.bytes;
    this.#start = event.position.offset + 1;
    this.dropped(event);
    return true;
  }
}

/** A queue of one partition's events in log order that can be searched by offset. */
export class EventQueue {
  #events: SizedEvent[] = [];
  /** Events before this index are removed; the array is trimmed now and then. */
  #first = 0;

  get length(): number {
    return this.#events.length - this.#first;
  }

  push(event: SizedEvent): void {
    this.#events.push(event);
  }

  shift(): SizedEvent | undefined {
    const event = this.#events[this.#first];
    if (!event) return undefined;
    this.#first++;
    // Trimming on every shift would copy the whole queue each time.
    if (this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return event;
  }

  /** Returns at most `limit` events from the offset on, and whether they are all there are. */
  from(offset: number, limit: number): { readonly events: readonly SizedEvent[]; readonly isAll: boolean } {
    const index = indexOfOffset(this.#events, offset, this.#first);
    return {
      events: this.#events.slice(index, index + limit),
      isAll: index + limit >= this.#events.length,
    };
  }
}

/** Returns the index, at least `from`, of the first event at or after the offset. Bisects: events are in log order. */
export function indexOfOffset(events: readonly SizedEvent[], offset: number, from = 0): number {
  let low = from;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const event = events[middle];
    if (event && event.position.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
