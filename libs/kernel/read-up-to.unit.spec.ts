import { type Clock, systemClock } from './timing.js';
import type { RecordedEvent } from './event.js';
import type { EventBatch, LogReader } from './log-reader.js';
import { readUpTo } from './read-up-to.js';

const FROM = { topic: 'orders', partition: 0, offset: 3 };
const EVENT = { position: FROM } as RecordedEvent;

/** A clock on which all sleeps are over at once. */
function sleeplessClock(): { readonly clock: Clock; readonly sleeps: number[] } {
  const sleeps: number[] = [];
  return { clock: { ...systemClock, sleep: async (ms) => void sleeps.push(ms) }, sleeps };
}

/** A replica that lags for some fetches before it has the event. */
function laggingLog(lags: number): Pick<LogReader, 'fetch'> {
  let left = lags;
  return {
    fetch: async (from): Promise<EventBatch> => {
      const batch = { topic: from.topic, partition: from.partition, first: from.offset };
      return left-- > 0
        ? { ...batch, next: from.offset, events: [] }
        : { ...batch, next: from.offset + 1, events: [EVENT] };
    },
  };
}

describe('a read up to a known end', () => {
  it('waits on the given clock for a replica that lags', async () => {
    const { clock, sleeps } = sleeplessClock();
    const read: RecordedEvent[] = [];
    for await (const events of readUpTo(laggingLog(2), FROM, 4, clock)) read.push(...events);
    expect(read).toEqual([EVENT]);
    expect(sleeps).toEqual([20, 20]);
  });

  it('gives up when the replica does not catch up', async () => {
    const { clock, sleeps } = sleeplessClock();
    const next = readUpTo(laggingLog(1_000), FROM, 4, clock)[Symbol.asyncIterator]().next();
    await expect(next).rejects.toThrow('orders/0 ends before 4');
    expect(sleeps).toHaveLength(100);
  });
});
