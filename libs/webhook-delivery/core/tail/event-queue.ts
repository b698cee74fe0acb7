import type { SizedEvent } from '#libs/kernel';
import { indexOfOffset } from './index-of-offset.js';

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
