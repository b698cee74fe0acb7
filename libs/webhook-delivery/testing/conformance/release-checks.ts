import { newId } from '#libs/kernel';
import {
  ClaimedPartition,
  cursorAt,
  type DispatchStoreUnderTest,
  parkedAt,
  laneOf,
} from './store-under-test.js';

export function describeReleases(subject: () => DispatchStoreUnderTest): void {
  const lane = 'a';
  let partition: ClaimedPartition;
  let feed: string;
  beforeEach(async () => {
    partition = new ClaimedPartition(subject());
    feed = newId();
    await partition.take();
  });

  const dead = (offset: number, attempts = 20) => laneOf(feed, lane, offset, { attempts });
  const parked = (...offsets: number[]) => offsets.map((offset) => parkedAt(feed, lane, offset));
  /** A save that makes the lane a dead letter: what is held is finished for the cursor. */
  const death = (...offsets: [number, ...number[]]) => ({
    parked: parked(...offsets),
    lanes: [dead(offsets[0])],
    cursors: { [feed]: cursorAt(1, { finished: offsets.map((from) => ({ from, to: from + 1 })) }) },
  });

  it('redrives a dead letter: due at once, with no attempts', async () => {
    await partition.save(death(5, 7));
    await partition.redrive(feed, lane);
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await partition.offsets(feed, lane)).toEqual([5, 7]);
  });

  it('skips a dead letter: what is behind it is due', async () => {
    await partition.save(death(5, 7));
    await partition.skip(feed, lane);
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await partition.offsets(feed, lane)).toEqual([7]);
  });

  it('skips the last of a lane: it goes, and comes back with the next, due at once', async () => {
    await partition.save(death(5));
    await partition.skip(feed, lane);
    expect(await partition.blocked(feed, lane)).toEqual(new Set());
    expect(await partition.due()).toEqual({});
    await partition.save({ parked: parked(9) });
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await partition.offsets(feed, lane)).toEqual([9]);
  });

  it('does nothing to a lane that waits for its next try', async () => {
    const waiting = laneOf(feed, lane, 5, { attempts: 3, retryAt: 5 });
    await partition.save({ parked: parked(5, 7), lanes: [waiting] });
    await partition.redrive(feed, lane);
    await partition.skip(feed, lane);
    expect(await partition.dueLanes(5)).toEqual([waiting]);
    expect(await partition.offsets(feed, lane)).toEqual([5, 7]);
  });

  it('redrives while more deliveries are parked behind', async () => {
    await partition.save(death(5));
    await partition.redrive(feed, lane);
    await partition.save({ parked: parked(7) });
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await partition.offsets(feed, lane)).toEqual([5, 7]);
  });

  it('has redriven, and a save from before that comes again does not undo it', async () => {
    const changes = death(5, 7);
    await partition.save(changes);
    await partition.redrive(feed, lane);
    await partition.save(changes);
    expect(await partition.due()).toEqual({ a: 0 });
  });

  it('has skipped, and a save from before that comes again does not undo it', async () => {
    const changes = death(5, 7);
    await partition.save(changes);
    await partition.skip(feed, lane);
    await partition.save(changes);
    expect(await partition.offsets(feed, lane)).toEqual([7]);
    expect(await partition.due()).toEqual({ a: 0 });
  });

  it('has skipped the last, and a save from before that comes again does not bring it back', async () => {
    const changes = death(5);
    await partition.save(changes);
    await partition.skip(feed, lane);
    await partition.save(changes);
    expect(await partition.offsets(feed, lane)).toEqual([]);
    expect(await partition.blocked(feed, lane)).toEqual(new Set());
  });

  it('takes what comes with a rewind, though the cursor had come past it', async () => {
    await partition.save({ ...death(7), cursors: { [feed]: cursorAt(9) } });
    const rewind = {
      parked: parked(5),
      cursors: { [feed]: cursorAt(9, { rulesRevision: 2, generation: 1 }) },
    };
    await partition.save(rewind);
    expect(await partition.offsets(feed, lane)).toEqual([5, 7]);
    await partition.save({ lanes: [dead(5)] });
    await partition.skip(feed, lane);
    expect(await partition.offsets(feed, lane)).toEqual([7]);
    // Its answer was lost.
    await partition.save(rewind);
    expect(await partition.offsets(feed, lane)).toEqual([7]);
    const next = partition.rival();
    await next.take();
    await next.save({
      parked: parked(5),
      cursors: { [feed]: cursorAt(9, { rulesRevision: 2, generation: 1 }) },
    });
    expect(await next.offsets(feed, lane)).toEqual([7]);
  });

  it('has released a delivery that left its lane, and a save that comes again does not undo it', async () => {
    await partition.save({ parked: parked(5, 7), cursors: death(5, 7).cursors });
    const changes = {
      detached: [5, 7].map((offset) => ({ feedId: feed, lane, offset, newLane: `${lane} ${offset}` })),
      lanes: [laneOf(feed, 'a 5', 5), laneOf(feed, 'a 7', 7)],
    };
    await partition.save(changes);
    await partition.redrive(feed, 'a 5');
    await partition.skip(feed, 'a 7');
    await partition.save(changes);
    expect(await partition.due()).toEqual({ 'a 5': 0 });
    expect(await partition.offsets(feed, 'a 7')).toEqual([]);
    expect(await partition.blocked(feed, lane, 'a 7')).toEqual(new Set());
  });

  it('finds what was redriven dead again, when it has failed again', async () => {
    await partition.save(death(5));
    await partition.redrive(feed, lane);
    await partition.save({ lanes: [laneOf(feed, lane, 5, { attempts: 1, retryAt: 5 })] });
    await partition.save({ lanes: [dead(5)] });
    expect(await partition.due()).toEqual({});
    await partition.redrive(feed, lane);
    // As often as before, in one go: that may be taken for a repetition once, and then no more.
    await partition.save({ lanes: [dead(5)] });
    await partition.save({ lanes: [dead(5)] });
    expect(await partition.due()).toEqual({});
  });

  it('keeps a lane released when a delivered row is saved again', async () => {
    const rows = parked(5, 7);
    await partition.save({ parked: rows });
    const changes = { delivered: rows.slice(0, 1), lanes: [dead(7)] };
    await partition.save(changes);
    await partition.redrive(feed, lane);
    await partition.save(changes);
    expect(await partition.due()).toEqual({ a: 0 });
    expect(await partition.offsets(feed, lane)).toEqual([7]);
  });

  it('never leaves a delivery without its lane, whoever comes first', async () => {
    await partition.save(death(0));
    const skipped = new Set<number>();
    for (let offset = 1; offset <= 60; offset++) {
      const before = await partition.offsets(feed, lane);
      await Promise.all([
        partition.skip(feed, lane),
        partition.save({ parked: parked(offset) }),
        partition.redrive(feed, lane),
      ]);
      const after = await partition.offsets(feed, lane);
      for (const gone of before.filter((one) => !after.includes(one))) skipped.add(gone);
      expect(after).toContain(offset);
      expect(await partition.blocked(feed, lane)).toEqual(new Set([lane]));
      expect([...skipped, ...after].toSorted((a, b) => a - b)).toEqual([...Array(offset + 1).keys()]);
      await partition.save({ lanes: [dead(Math.min(...after), 100 + offset)] });
    }
  });
}
