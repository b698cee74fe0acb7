import type { SizedEvent } from '#libs/kernel';

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
