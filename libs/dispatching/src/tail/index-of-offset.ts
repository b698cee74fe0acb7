import type { SizedEvent } from '#libs/kernel';

/** Where the first event from the offset on is in events in log order, from index `from` on; by bisection. */
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
