import type { EventBatch, Position } from '#libs/kernel';
import type { LoggedEvent } from '#libs/contracts';
import { verifyPartition } from './partition-verification.js';

const place = { topic: 'orders', partition: 0 };
const eventAt = (offset: number): LoggedEvent =>
  ({ position: { ...place, offset } }) as Partial<LoggedEvent> as LoggedEvent;

/** Two offsets in a batch, and at offset 3 what is no event. */
const log = {
  hasGaps: () => false,
  fetch: async ({ offset }: Position): Promise<EventBatch<LoggedEvent>> => {
    const next = Math.min(offset < 3 ? 3 : 6, offset + 2);
    const events = Array.from({ length: next - offset }, (_, index) => eventAt(offset + index));
    return { ...place, first: offset, next, events, ...(next === 3 && { unreadable: 'no event' }) };
  },
};

/** Verifies nothing but which events come. */
async function eventsRead(nextOffset: number, skipped: readonly number[], refused?: number) {
  const offsets: number[] = [];
  const apply = ({ position }: LoggedEvent) => {
    if (position.offset === refused) throw new Error('refused');
    offsets.push(position.offset);
    return [];
  };
  const readModel = {
    tables: [],
    expect: () => ({ apply, endPass: () => [], needsAnotherPass: () => false }),
  };
  const parts = { log, readModel, tables: new Map(), maxStreams: 1, mostListed: 1, read: () => undefined };
  const at = { ...place, nextOffset, fault: undefined, skipped: new Set(skipped) };
  const { obstacle, events } = await verifyPartition(parts, at);
  return obstacle ?? [events, offsets];
}

describe('the events that a partition is verified by', () => {
  it('are those below the checkpoint', async () => {
    expect(await eventsRead(2, [])).toEqual([2, [0, 1]]);
    expect(await eventsRead(0, [])).toEqual([0, []]);
  });

  it('end before what cannot be read, if the projection does', async () => {
    expect(await eventsRead(3, [])).toEqual([3, [0, 1, 2]]);
    expect(await eventsRead(5, [])).toBe('orders/0@3: no event');
  });

  it('are without those that were left out by command', async () => {
    expect(await eventsRead(6, [1, 3])).toEqual([4, [0, 2, 4, 5]]);
  });

  it('can all be taken, or the projection has passed what it must not', async () => {
    expect(await eventsRead(2, [], 1)).toBe('orders/0@1: refused');
  });
});
