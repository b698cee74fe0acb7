import type { RecordedEvent } from '#libs/kernel';
import type { EventBatch, TailBatch } from '../ports.js';

/**
 * The newest events of a partition, in memory: all of the log from `start` up to `next`, and never more than a bounded
 * number. Subscribers that are caught up share it, so that an event is read and decoded once for all of them.
 */
export class PartitionTail {
  #events: RecordedEvent[] = [];
  /** Events before this index have been dropped; they are cut off from time to time. */
  #first = 0;
  #start: number;
  #next: number;

  constructor(
    offset: number,
    private readonly maxEvents: number,
  ) {
    this.#start = offset;
    this.#next = offset;
  }

  get start(): number {
    return this.#start;
  }

  /** Where the tail ends, so far. */
  get next(): number {
    return this.#next;
  }

  /** Begins anew: what lies between the former end and this offset was not seen. */
  restart(offset: number): void {
    this.#events = [];
    this.#first = 0;
    this.#start = offset;
    this.#next = offset;
  }

  /** What it has already is ignored. Where something is missing in between, the tail begins anew behind that. */
  append({ first, events, next }: TailBatch): void {
    if (first > this.#next) this.restart(first);
    for (const event of events) {
      if (event.position.offset >= this.#next) this.#events.push(event);
    }
    this.#next = Math.max(this.#next, next);
    this.#drop();
  }

  /** At most `limit` events from an offset on that lies in the tail. */
  read(offset: number, limit: number): EventBatch {
    const from = this.#indexOf(offset);
    const events = this.#events.slice(from, from + limit);
    const complete = from + limit >= this.#events.length;
    return { events, next: complete ? this.#next : (events.at(-1)?.position.offset ?? offset - 1) + 1 };
  }

  #drop(): void {
    const excess = this.#events.length - this.#first - this.maxEvents;
    if (excess <= 0) return;
    this.#first += excess;
    const dropped = this.#events[this.#first - 1];
    if (dropped) this.#start = dropped.position.offset + 1;
    // Cutting at every append would copy the whole tail each time.
    if (this.#first > this.maxEvents) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Of the first event from the offset on, by bisection. */
  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.#events[middle];
      if (event && event.position.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
