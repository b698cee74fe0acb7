import type { Feed } from '../core/ports.js';
import type { PartitionDispatcher } from '../core/partition/partition-dispatcher.js';
import { type DispatchHarness, running } from './dispatch-harness.fixture.js';

/** The rules of a feed to which little is owed: see {@link ship}. */
export const SHIPPED = { rules: [{ from: {}, eventTypes: ['order.shipped'], filter: null }] };

/** Appends an event that is owed to feeds that want only what is shipped. @returns its id */
export function ship(harness: DispatchHarness, stream = 'a'): string {
  const event = harness.log.append(stream, 'order.shipped');
  const { offset } = event.position;
  for (const dispatcher of harness.dispatchers)
    dispatcher.append(harness.log.batch(offset, [event], offset + 1));
  return event.metadata.eventId;
}

/** A dispatcher whose feeds are all idle. */
export async function idle(
  harness: DispatchHarness,
  ...feeds: readonly Feed[]
): Promise<PartitionDispatcher> {
  const dispatcher = await running(harness, ...feeds);
  await harness.clock.advance(15_000);
  expect(dispatcher.lags()).toEqual([]);
  return dispatcher;
}

/** Makes these calls take that long from now on, with their effect at the beginning or the end of it. */
export function slowDown(
  harness: DispatchHarness,
  method: 'activeCursors' | 'cursorsOf' | 'blockedAmong' | 'dueLanes' | 'save' | 'claim',
  ms: number,
  ends: 'first' | 'last',
) {
  const { store, clock } = harness;
  const original = store[method].bind(store) as (...given: unknown[]) => Promise<unknown>;
  Object.assign(store, {
    [method]: async (...given: unknown[]) => {
      if (ends === 'last') await clock.sleep(ms);
      const answer = await original(...given);
      if (ends === 'first') await clock.sleep(ms);
      return answer;
    },
  });
}
