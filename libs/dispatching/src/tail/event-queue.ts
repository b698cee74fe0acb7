import type { SizedEvent } from '#libs/kernel';
import { indexOfOffset } from './index-of-offset.js';

/** Events of one partition in log order: they come at the end, go from the front, and are looked up by offset. */
export class EventQueue {
  #events: SizedEvent[] = [];
  /** Events before this index have gone; they are cut off from time to time. */
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
    // Cutting at every one would copy the whole queue each time.
    if (this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return event;
  }

  /** At most so many from an offset on, and whether these are all. */
  from(offset: number, limit: number): { readonly events: readonly SizedEvent[]; readonly isAll: boolean } {
    const index = indexOfOffset(this.#events, offset, this.#first);
    return {
      events: this.#events.slice(index, index + limit),
      isAll: index + limit >= this.#events.length,
    };
  }
}
