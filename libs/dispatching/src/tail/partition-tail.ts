import type { EventBatch, Position, SizedEvent } from '#libs/kernel';
import { EventQueue } from './event-queue.js';

/** What is kept at most; the oldest go first. */
export interface TailLimits {
  readonly events: number;
  readonly bytes: number;
}

/**
 * The newest events of a partition, in memory: all of the log from `start` up to `next`, within bounds. Those who are
 * caught up share it, so that an event is read and decoded once for all of them.
 */
export class PartitionTail {
  #events = new EventQueue();
  #bytes = 0;
  #start: number;
  #next: number;

  /** @param dropped told of each event that goes */
  constructor(
    private readonly at: Position,
    private readonly limits: TailLimits,
    private readonly dropped: (event: SizedEvent) => void = () => undefined,
  ) {
    this.#start = at.offset;
    this.#next = at.offset;
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
    while (this.#dropFirst());
    this.#start = offset;
    this.#next = offset;
  }

  /** What it has already is ignored. Where something is missing in between, the tail begins anew behind that. */
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

  /** At most `limit` events from an offset on that lies in the tail. */
  read(offset: number, limit: number): EventBatch<SizedEvent> {
    const { events, isAll } = this.#events.from(offset, limit);
    return this.batchOf(events, offset, isAll);
  }

  /** @param isAll whether the tail has no more of them */
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
