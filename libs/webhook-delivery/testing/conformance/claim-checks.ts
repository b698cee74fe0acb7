import { newId } from '#libs/kernel';
import {
  ClaimedPartition,
  cursorAt,
  type DispatchStoreUnderTest,
  parkedAt,
  laneOf,
} from './store-under-test.js';

export function describeClaims(subject: () => DispatchStoreUnderTest): void {
  let partition: ClaimedPartition;
  let feed: string;
  beforeEach(() => {
    partition = new ClaimedPartition(subject());
    feed = newId();
  });

  it('let only the last claimant of a partition change anything', async () => {
    await partition.take();
    await partition.save({ scannedOffset: 5, cursors: { [feed]: cursorAt(5) } });
    const rival = partition.rival();
    await rival.take();
    const changes = {
      scannedOffset: 9,
      cursors: { [feed]: cursorAt(9) },
      parked: [parkedAt(feed, 'a', 7)],
      lanes: [laneOf(feed, 'a', 7, { retryAt: 0 })],
    };
    expect(await partition.save(changes)).toBe(false);
    expect(await partition.save({ scannedOffset: 9, cursors: { [feed]: cursorAt(9) } })).toBe(false);
    expect(await partition.active(feed)).toEqual(new Map([[feed, cursorAt(5)]]));
    expect(await rival.due()).toEqual({});
    expect(await rival.save(changes)).toBe(true);
    expect(await partition.take()).toBe(9);
    expect(await partition.save({ scannedOffset: 10 })).toBe(true);
    expect(await rival.save({ scannedOffset: 11 })).toBe(false);
  });

  it('ignore an abandoned save that arrives late', async () => {
    await partition.take();
    const { claim, store } = partition;
    const late = {
      scannedOffset: 90,
      cursors: new Map([[feed, cursorAt(90)]]),
      parked: [],
      lanes: [],
      delivered: [],
      detached: [],
      pinned: [],
    };
    for (let number = 0; number < 3; number++) await partition.save({ cursors: { [feed]: cursorAt(7) } });
    await store.save(claim, { ...late, number: 2 });
    await store.save(claim, { ...late, number: 2, parked: [parkedAt(feed, 'a', 60)] });
    expect(await partition.active(feed)).toEqual(new Map([[feed, cursorAt(7)]]));
    expect(await partition.offsets(feed, 'a')).toEqual([]);
    expect(await partition.rival().take()).toBe(0);
  });

  it('see all of a save in flight, or keep all of it out', async () => {
    let holder = partition;
    await holder.take();
    for (let round = 1; round <= 20; round++) {
      const next = holder.rival();
      const parked = Array.from({ length: 50 }, (_, index) =>
        parkedAt(feed, `l${index}`, 100 * round + index),
      );
      const changes = { scannedOffset: round, cursors: { [feed]: cursorAt(100 * round + 50) }, parked };
      const [saved, rest] = await Promise.all([holder.save(changes), next.take()]);
      if (saved) {
        // The claim came first or last: if last, it saw the save.
        expect([round, round - 1]).toContain(rest);
        expect(await next.offsets(feed, 'l49')).toContain(100 * round + 49);
      } else {
        expect(await next.offsets(feed, 'l49')).not.toContain(100 * round + 49);
        expect(await next.save(changes)).toBe(true);
      }
      expect(await holder.save({ scannedOffset: round + 1 })).toBe(false);
      holder = next;
    }
  });
}
