import { newId } from '#libs/kernel';
import {
  ClaimedPartition,
  cursorAt,
  type DispatchStoreUnderTest,
  laneOf,
  parkedAt,
  SOON,
} from './store-under-test.js';

/** An event that a change owes late comes before those that its lane is blocked by. */
export function describeFronts(subject: () => DispatchStoreUnderTest): void {
  const lane = 'a';
  let partition: ClaimedPartition;
  let feed: string;
  beforeEach(async () => {
    partition = new ClaimedPartition(subject());
    feed = newId();
    await partition.take();
  });

  const parked = (...offsets: number[]) => offsets.map((offset) => parkedAt(feed, lane, offset));
  const dead = (offset: number, attempts = 20) => laneOf(feed, lane, offset, { attempts });
  const waiting = (offset: number) => laneOf(feed, lane, offset, { attempts: 3, retryAt: SOON() + 600_000 });
  const front = async () => {
    const [due] = await partition.dueLanes(SOON());
    return due && { offset: due.offset, attempts: due.attempts, lastError: due.lastError };
  };
  const untried = (offset: number) => ({ offset, attempts: 0, lastError: null });

  it.each([
    ['a dead letter', dead],
    ['a delivery that waits for its next try', waiting],
  ])('are due at once and were not tried, if they come before %s', async (_, blocked) => {
    await partition.save({ parked: parked(5, 7), lanes: [blocked(5)] });
    await partition.save({ parked: parked(4, 9, 3) });
    expect(await front()).toEqual(untried(3));
    expect(await partition.offsets(feed, lane)).toEqual([3, 4, 5, 7, 9]);
    await partition.skip(feed, lane);
    expect(await partition.offsets(feed, lane)).toEqual([3, 4, 5, 7, 9]);
    await partition.save({ delivered: parked(3, 4) });
    expect(await front()).toEqual(untried(5));
  });

  it('leave a lane alone if they come behind its front, or belong to another one', async () => {
    const other = newId();
    await partition.save({ parked: parked(5, 7), lanes: [dead(5)] });
    await partition.save({
      parked: [...parked(6), parkedAt(feed, 'b', 3), parkedAt(other, lane, 3)],
      lanes: [laneOf(feed, 'b', 3), laneOf(other, lane, 3)],
    });
    expect(await partition.due()).toEqual({});
  });

  it('are not taken for the former one, whose failure is saved with them or after them', async () => {
    for (const [nth, failure] of [dead, waiting].entries()) {
      const [id, late] = [`lane-${nth}`, 10 * nth + 3];
      const former = { ...failure(late + 2), lane: id };
      await partition.save({ parked: [parkedAt(feed, id, late + 2)] });
      await partition.save({ parked: [parkedAt(feed, id, late)], lanes: [former] });
      expect((await partition.due())[id]).toBe(0);
      await partition.save({ lanes: [former] });
      expect((await partition.due())[id]).toBe(0);
    }
  });

  it('keep their own attempts when the save that brought them is repeated', async () => {
    const cursors = { [feed]: cursorAt(9, { generation: 1 }) };
    await partition.save({ parked: parked(5), lanes: [waiting(5)], cursors: { [feed]: cursorAt(9) } });
    const changes = { parked: parked(3), lanes: [dead(5)], cursors };
    await partition.save(changes);
    const tried = laneOf(feed, lane, 3, { attempts: 2, retryAt: 5 });
    for (let time = 0; time < 2; time++) {
      await partition.save({ ...changes, lanes: [tried] });
      expect(await partition.dueLanes(SOON())).toEqual([tried]);
      await partition.save(changes);
      expect(await partition.dueLanes(SOON())).toEqual([tried]);
    }
    await partition.save({ lanes: [dead(3)] });
    expect(await partition.due()).toEqual({});
    await partition.skip(feed, lane);
    await partition.save({ ...changes, lanes: [dead(3)] });
    expect(await front()).toEqual(untried(5));
  });

  it('die by their own attempts, though the former one was redriven after as many', async () => {
    await partition.save({ parked: parked(5), lanes: [dead(5)] });
    await partition.redrive(feed, lane);
    await partition.save({ parked: parked(3) });
    expect(await front()).toEqual(untried(3));
    await partition.save({ lanes: [dead(3)] });
    expect(await partition.due()).toEqual({});
  });

  it('die by their own attempts, though the former one was skipped after as many', async () => {
    await partition.save({ parked: parked(5, 7), lanes: [dead(5, 1)] });
    await partition.skip(feed, lane);
    await partition.save({ lanes: [dead(7, 1)] });
    expect(await partition.due()).toEqual({});
  });

  it('are due in a lane that had gone, though the failure of the one that was skipped is repeated', async () => {
    await partition.save({ parked: parked(5), lanes: [dead(5)] });
    await partition.skip(feed, lane);
    await partition.save({ parked: parked(9), lanes: [dead(5)] });
    expect(await front()).toEqual(untried(9));
  });
}
