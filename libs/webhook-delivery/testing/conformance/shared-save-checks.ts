import { newId } from '#libs/kernel';
import type { SavedCursor } from '../../core/ports.js';
import {
  ClaimedPartition,
  cursorAt,
  type DispatchStoreUnderTest,
  laneOf,
  parkedAt,
} from './store-under-test.js';

export function describeSharedSaves(subject: () => DispatchStoreUnderTest): void {
  let topic: string;
  let feed: string;
  beforeEach(() => {
    topic = `dispatched-${newId()}`;
    feed = newId();
  });

  const claimed = async (count: number): Promise<ClaimedPartition[]> => {
    const partitions = Array.from(
      { length: count },
      (_, partition) => new ClaimedPartition(subject(), { topic, partition, owner: newId() }),
    );
    for (const partition of partitions) await partition.take();
    return partitions;
  };
  const saveCursors = (...saves: ReturnType<ClaimedPartition['cursorSave']>[]) =>
    subject().store.saveCursors(saves);

  it('bring each cursor to its partition, however many there are', async () => {
    const partitions = await claimed(30);
    const cursors = partitions.map((_, nth) =>
      Object.fromEntries(
        Array.from({ length: nth * 4 }, (__, index): [string, SavedCursor] => [
          newId(),
          cursorAt(1_000 * nth + index, {
            finished: index % 2 === 0 ? [] : [{ from: 2 ** 45 + nth, to: 2 ** 45 + nth + 3 }],
            previousEventId: index % 3 === 0 ? null : newId(),
            rulesRevision: 1,
            generation: index % 4,
          }),
        ]),
      ),
    );
    const saves = partitions.map((each, nth) =>
      each.cursorSave({ scannedOffset: nth + 1, cursors: cursors[nth] ?? {} }),
    );
    expect(await saveCursors(...saves)).toEqual(new Set(saves.map(({ claim }) => claim)));
    for (const [nth, partition] of partitions.entries()) {
      const own = cursors[nth] ?? {};
      expect(await partition.active(...Object.keys(own))).toEqual(new Map(Object.entries(own)));
      expect(await partition.rival().take()).toBe(nth + 1);
    }
  });

  it('of nothing save nothing', async () => {
    expect(await saveCursors()).toEqual(new Set());
  });

  it('obey the rules of single ones: no cursor goes back, and an idle one moves with the scanned offset', async () => {
    const [first, second] = (await claimed(2)) as [ClaimedPartition, ClaimedPartition];
    await first.save({ scannedOffset: 50, cursors: { [feed]: cursorAt(40) } });
    await saveCursors(
      first.cursorSave({ scannedOffset: 45, cursors: { [feed]: cursorAt(30) } }),
      second.cursorSave({ scannedOffset: 20, cursors: { [feed]: cursorAt(15, { idle: true }) } }),
    );
    expect(await first.active(feed)).toEqual(new Map([[feed, cursorAt(40)]]));
    await saveCursors(second.cursorSave({ scannedOffset: 30 }));
    expect(await second.active(feed)).toEqual(new Map());
    expect(await second.cursorsOf(feed)).toEqual(new Map([[feed, cursorAt(30, { idle: true })]]));
    expect(await first.rival().take()).toBe(50);
  });

  it('leave out partitions that another owns or nobody claimed, and late saves, and write nothing of them', async () => {
    const [own, lost, late] = (await claimed(3)) as [ClaimedPartition, ClaimedPartition, ClaimedPartition];
    const unclaimed = new ClaimedPartition(subject(), { topic, partition: 99, owner: newId() });
    const next = lost.rival();
    await next.take();
    const abandoned = late.cursorSave({ scannedOffset: 90, cursors: { [feed]: cursorAt(90) } });
    await late.save({ scannedOffset: 7, cursors: { [feed]: cursorAt(7) } });
    const saves = [lost, unclaimed, own].map((each) =>
      each.cursorSave({ scannedOffset: 9, cursors: { [feed]: cursorAt(9) } }),
    );
    expect(await saveCursors(abandoned, ...saves)).toEqual(new Set([own.claim]));
    expect(await saveCursors(abandoned, ...saves)).toEqual(new Set());
    expect(await own.active(feed)).toEqual(new Map([[feed, cursorAt(9)]]));
    await unclaimed.take();
    for (const other of [lost, unclaimed]) expect(await other.active(feed)).toEqual(new Map([[feed, null]]));
    expect(await late.active(feed)).toEqual(new Map([[feed, cursorAt(7)]]));
    expect(await next.rival().take()).toBe(0);
    expect(await late.rival().take()).toBe(7);
  });

  it('share the numbers of single ones', async () => {
    const [partition] = (await claimed(1)) as [ClaimedPartition];
    const late = { parked: [parkedAt(feed, 'a', 1)], lanes: [], delivered: [], detached: [], pinned: [] };
    const save = partition.cursorSave({ scannedOffset: 5 });
    expect(await saveCursors(save)).toEqual(new Set([partition.claim]));
    const again = { ...late, ...save.changes, scannedOffset: 9 };
    expect(await partition.store.save(partition.claim, again)).toBe(false);
    expect(await partition.offsets(feed, 'a')).toEqual([]);
    expect(await partition.save({ scannedOffset: 6 })).toBe(true);
    expect(await partition.rival().take()).toBe(6);
  });

  it('are seen in full by a claim at the same time, or kept out', async () => {
    const [other] = (await claimed(1)) as [ClaimedPartition];
    let holder = new ClaimedPartition(subject(), { topic, partition: 7, owner: newId() });
    await holder.take();
    for (let round = 1; round <= 20; round++) {
      const next = holder.rival();
      const cursors = { [feed]: cursorAt(round) };
      const saves = [holder, other].map((each) => each.cursorSave({ scannedOffset: round, cursors }));
      const [saved, scannedOffset] = await Promise.all([saveCursors(...saves), next.take()]);
      expect(saved.has(other.claim)).toBe(true);
      if (!saved.has(holder.claim)) expect(scannedOffset).toBe(round - 1);
      else expect(await next.active(feed)).toEqual(new Map([[feed, cursorAt(round)]]));
      expect(await saveCursors(holder.cursorSave({ scannedOffset: 1_000 }))).toEqual(new Set());
      await next.save({ scannedOffset: round, cursors });
      holder = next;
    }
  });
}

export function describeRetries(subject: () => DispatchStoreUnderTest): void {
  let topic: string;
  let feed: string;
  beforeEach(() => {
    topic = `dispatched-${newId()}`;
    feed = newId();
  });

  it('are known by their partition, due or not, and dead letters are none', async () => {
    const lanes = [
      [laneOf(feed, 'a', 0, { retryAt: Date.now() + 3_600_000 })],
      [laneOf(feed, 'a', 0)],
      [],
      [laneOf(feed, 'a', 0), laneOf(feed, 'b', 1, { retryAt: 1 })],
    ];
    const partitions = lanes.map(
      (_, partition) => new ClaimedPartition(subject(), { topic, partition, owner: newId() }),
    );
    for (const [nth, partition] of partitions.entries()) {
      await partition.take();
      const own = lanes[nth] ?? [];
      await partition.save({
        parked: own.map(({ lane }, offset) => parkedAt(feed, lane, offset)),
        lanes: own,
      });
    }
    const unclaimed = { topic, partition: 99, owner: newId() };
    const claims = partitions.map(({ claim }) => claim);
    const [later, dead, none, both] = claims;
    const withRetries = () => subject().store.withRetries([...claims, unclaimed]);
    expect(await withRetries()).toEqual(new Set([later, both]));
    await partitions[1]?.redrive(feed, 'a');
    expect(await withRetries()).toEqual(new Set([later, dead, both]));
    await partitions[0]?.save({ delivered: [{ feedId: feed, lane: 'a', offset: 0 }] });
    expect(await withRetries()).toEqual(new Set([dead, both]));
    await partitions[2]?.save({ parked: [parkedAt(feed, 'new', 7)] });
    expect(await withRetries()).toEqual(new Set([dead, none, both]));
    expect(await subject().store.withRetries([])).toEqual(new Set());
  });
}
