import { newId } from '#libs/kernel';
import {
  AWKWARD_LANES,
  ClaimedPartition,
  cursorAt,
  type DispatchStoreUnderTest,
  parkedAt,
  laneOf,
  SOON,
} from './store-under-test.js';

export function describeLanes(subject: () => DispatchStoreUnderTest): void {
  let partition: ClaimedPartition;
  let feed: string;
  beforeEach(async () => {
    partition = new ClaimedPartition(subject());
    feed = newId();
    await partition.take();
  });

  const isParked = (...lanes: string[]) => partition.blocked(feed, ...lanes);

  it('are due at once, and give their deliveries in order', async () => {
    const rows = [9, 3, 2 ** 45, 7].map((offset) =>
      parkedAt(feed, 'a', offset, { previousEventId: newId() }),
    );
    await partition.save({ parked: [...rows, parkedAt(feed, 'b', 4), parkedAt(newId(), 'c', 3)] });
    expect(await partition.due()).toEqual({ a: 0, b: 0, c: 0 });
    expect(await isParked('a', 'c', 'b')).toEqual(new Set(['a', 'b']));
    expect(await partition.offsets(feed, 'a')).toEqual([3, 7, 9, 2 ** 45]);
    expect(await partition.store.parkedDeliveries(partition.claim, feed, 'a', 2)).toEqual([rows[1], rows[3]]);
    expect(await partition.offsets(feed, 'c')).toEqual([]);
  });

  it('are known by their feed', async () => {
    const [other, none, unknown] = [newId(), newId(), newId()];
    const elsewhere = new ClaimedPartition(subject(), { ...partition.claim, partition: 4 });
    await elsewhere.take();
    await elsewhere.save({ cursors: { [feed]: cursorAt(3) } });
    await partition.save({
      parked: [parkedAt(feed, 'a', 1), parkedAt(feed, 'b', 2), parkedAt(other, 'a', 1)],
      cursors: { [feed]: cursorAt(3), [other]: cursorAt(2, { idle: true }), [none]: cursorAt(5) },
    });
    expect(await partition.withBlockedLanes(feed, none)).toEqual(new Set([feed]));
    expect(await partition.withBlockedLanes(none, other, unknown, feed)).toEqual(new Set([feed, other]));
    expect(await elsewhere.withBlockedLanes(feed)).toEqual(new Set());
  });

  it('are known by their feed as of the moment of its cursor, even to a former owner', async () => {
    const next = partition.rival();
    await next.take();
    let isOver = false;
    /** The deliveries at odd offsets are parked, and their lane goes with the next save. */
    const work = async () => {
      for (let offset = 1; offset <= 60; offset++) {
        const rows = [parkedAt(feed, 'a', offset - (offset % 2 === 0 ? 1 : 0))];
        const cursors = { [feed]: cursorAt(offset + 1) };
        await next.save(offset % 2 === 0 ? { delivered: rows, cursors } : { parked: rows, cursors });
      }
      isOver = true;
    };
    const look = async () => {
      while (!isOver) {
        const { store, claim } = partition;
        const answers = await Promise.all([
          store.activeCursors(claim, new Map([[feed, 1]])),
          store.cursorsOf(claim, [feed]),
        ]);
        for (const found of answers.flatMap((answer) => answer.get(feed) ?? []))
          expect(found.hasBlockedLanes).toBe(found.cursor.watermark % 2 === 0);
      }
    };
    await Promise.all([work(), look(), look()]);
  });

  it('wait until their next try, or for ever as dead letters', async () => {
    const retryAt = SOON() + 123_456;
    const lanes = [
      laneOf(feed, 'dead', 1, { attempts: 20 }),
      laneOf(feed, 'later', 2, { retryAt, attempts: 3 }),
    ];
    const parked = [parkedAt(feed, 'dead', 1), parkedAt(feed, 'later', 2), parkedAt(feed, 'new', 3)];
    await partition.save({ parked, lanes });
    expect(await partition.due()).toEqual({ new: 0 });
    expect(await partition.due(retryAt - 1)).toEqual({ new: 0 });
    const due = await partition.dueLanes(retryAt, { limit: 10 });
    expect(due.map(({ lane }) => lane)).toEqual(['new', 'later']);
    expect(due[1]).toEqual(lanes[1]);
    expect(await isParked('dead', 'later', 'new')).toEqual(new Set(['dead', 'later', 'new']));
  });

  it('come longest due first', async () => {
    const parked = [1, 2, 3, 4].map((offset) => parkedAt(feed, `l${offset}`, offset));
    const lanes = [3_000, 1_000, 4_000, 2_000].map((retryAt, index) =>
      laneOf(feed, `l${index + 1}`, index + 1, { retryAt }),
    );
    await partition.save({ parked, lanes });
    const due = await partition.dueLanes(3_000, { limit: 2 });
    expect(due.map(({ lane }) => lane)).toEqual(['l2', 'l4']);
    expect(Object.keys(await partition.due(3_000))).toEqual(['l2', 'l4', 'l1']);
  });

  it('of one feed do not hide those of others', async () => {
    const others = [newId(), newId(), newId()];
    const parked = [feed, ...others].flatMap((id) =>
      [1, 2, 3].map((offset) => parkedAt(id, `l${offset}`, offset)),
    );
    const lanes = parked.map(({ feedId, lane, offset }) =>
      laneOf(feedId, lane, offset, { retryAt: offset + (feedId === feed ? 0 : 10) }),
    );
    await partition.save({ parked, lanes });
    const due = (perFeed: number, limit: number, now = 20) => partition.dueLanes(now, { perFeed, limit });
    expect((await due(3, 2)).map(({ retryAt }) => retryAt)).toEqual([1, 2]);
    expect((await due(1, 100)).map(({ retryAt }) => retryAt)).toEqual([1, 11, 11, 11]);
    expect(new Set((await due(1, 100)).map(({ feedId }) => feedId))).toEqual(new Set([feed, ...others]));
    const rest = await partition.dueLanes(20, { perFeed: 1, limit: 9, except: others });
    expect(rest.map(({ feedId }) => feedId)).toEqual([feed]);
    expect((await due(2, 100, 11)).map(({ retryAt }) => retryAt)).toEqual([1, 2, 11, 11, 11]);
  });

  it('keep their subscription, their last error, and how often they were tried', async () => {
    const lane = laneOf(feed, 'a', 1, { subscriptionId: newId(), attempts: 7, retryAt: 5, lastError: null });
    await partition.save({ parked: [parkedAt(feed, 'a', 1)], lanes: [lane] });
    expect(await partition.dueLanes(5)).toEqual([lane]);
    const again = { ...lane, attempts: 8, retryAt: 6, lastError: 'connection-reset' };
    await partition.save({ lanes: [again] });
    expect(await partition.dueLanes(6)).toEqual([again]);
  });

  it('are due at once when their feed has another endpoint, and keep what they know of the former one', async () => {
    const other = newId();
    const retryAt = SOON() + 600_000;
    const parked = ['later', 'dead', 'same', 'soon'].map((lane, offset) => parkedAt(feed, lane, offset));
    const lanes = [
      laneOf(feed, 'later', 0, { retryAt, attempts: 3, endpointRevision: 2 }),
      laneOf(feed, 'dead', 1, { endpointRevision: 2 }),
      laneOf(feed, 'same', 2, { retryAt, endpointRevision: 5 }),
      laneOf(feed, 'soon', 3, { retryAt: 5, endpointRevision: 2 }),
      laneOf(other, 'others', 9, { retryAt, endpointRevision: 2 }),
    ];
    await partition.save({ parked: [...parked, parkedAt(other, 'others', 9)], lanes });
    const { store, claim } = partition;
    await store.makeLanesDue({ ...claim, owner: newId() }, new Map([[feed, 5]]));
    expect(Object.keys(await partition.due())).toEqual(['soon']);
    await store.makeLanesDue(claim, new Map([[feed, 5]]));
    await store.makeLanesDue(claim, new Map());
    const due = await partition.dueLanes(SOON(), { perFeed: 9, limit: 9 });
    expect(due.map(({ lane, attempts, endpointRevision }) => ({ lane, attempts, endpointRevision }))).toEqual(
      [
        { lane: 'soon', attempts: 1, endpointRevision: 2 },
        { lane: 'later', attempts: 3, endpointRevision: 2 },
      ],
    );
  });

  it('take what comes behind without being disturbed', async () => {
    const lane = laneOf(feed, 'a', 1, { attempts: 2, retryAt: 5 });
    const parked = [parkedAt(feed, 'a', 1), parkedAt(feed, 'b', 2)];
    await partition.save({ parked, lanes: [lane, laneOf(feed, 'b', 2)] });
    await partition.save({ parked: [parkedAt(feed, 'a', 2 ** 40), parkedAt(feed, 'b', 3)] });
    expect(await partition.dueLanes(SOON(), { limit: 9 })).toEqual([lane]);
    expect(await partition.offsets(feed, 'a')).toEqual([1, 2 ** 40]);
  });

  it('are due again when one is delivered, and go with the last', async () => {
    const parked = [1, 2, 3].map((offset) => parkedAt(feed, 'a', offset));
    const cursors = { [feed]: cursorAt(4) };
    await partition.save({ parked, lanes: [laneOf(feed, 'a', 1, { attempts: 4, retryAt: 5 })], cursors });
    await partition.save({ delivered: [{ feedId: feed, lane: 'a', offset: 1 }] });
    expect(await partition.withBlockedLanes(feed)).toEqual(new Set([feed]));
    expect(await partition.due()).toEqual({ a: 0 });
    const [due] = await partition.dueLanes(SOON());
    expect(due?.lastError).toBeNull();
    await partition.save({ delivered: parked });
    expect(await partition.due()).toEqual({});
    expect(await isParked('a')).toEqual(new Set());
    expect(await partition.offsets(feed, 'a')).toEqual([]);
    expect(await partition.withBlockedLanes(feed)).toEqual(new Set());
  });

  it('wait for the next in the same save', async () => {
    const parked = [1, 2].map((offset) => parkedAt(feed, 'a', offset));
    await partition.save({ parked });
    const lane = laneOf(feed, 'a', 2, { attempts: 1, retryAt: 5 });
    await partition.save({ delivered: parked.slice(0, 1), lanes: [lane], parked: [parkedAt(feed, 'a', 3)] });
    expect(await partition.dueLanes(5)).toEqual([lane]);
    expect(await partition.offsets(feed, 'a')).toEqual([2, 3]);
  });

  it('go on without what has left them for a lane of its own', async () => {
    const parked = [1, 2, 3].map((offset) => parkedAt(feed, 'a', offset));
    await partition.save({ parked, lanes: [laneOf(feed, 'a', 1, { attempts: 4, retryAt: 5 })] });
    const changes = {
      detached: [{ feedId: feed, lane: 'a', offset: 1, newLane: 'a 1' }],
      lanes: [laneOf(feed, 'a 1', 1, { attempts: 5 })],
    };
    for (let time = 0; time < 2; time++) {
      await partition.save(changes);
      expect(await partition.offsets(feed, 'a')).toEqual([2, 3]);
      expect(await partition.offsets(feed, 'a 1')).toEqual([1]);
      expect(await partition.due()).toEqual({ a: 0 });
    }
    await partition.save({
      parked: [parkedAt(feed, 'b', 4)],
      detached: [
        { feedId: feed, lane: 'b', offset: 4, newLane: 'b 4' },
        { feedId: feed, lane: 'a', offset: 2, newLane: 'a 2' },
        { feedId: feed, lane: 'a', offset: 3, newLane: 'a 3' },
      ],
      lanes: [laneOf(feed, 'b 4', 4), laneOf(feed, 'a 2', 2)],
    });
    expect(await isParked('a', 'b', 'a 1', 'a 2', 'a 3', 'b 4')).toEqual(
      new Set(['a 1', 'a 2', 'a 3', 'b 4']),
    );
    expect(await partition.due()).toEqual({ 'a 3': 0 });
  });

  it('are not made by what came and went', async () => {
    const parked = [parkedAt(feed, 'a', 1)];
    await partition.save({ parked, delivered: parked });
    expect(await isParked('a')).toEqual(new Set());
    expect(await partition.due()).toEqual({});
  });

  it('do not exist without a delivery', async () => {
    await partition.save({ lanes: [laneOf(feed, 'a', 1, { retryAt: 1 })] });
    expect(await isParked('a')).toEqual(new Set());
    expect(await partition.due()).toEqual({});
  });

  it('are the same when a save is repeated, because its answer was lost', async () => {
    const parked = [1, 2, 3].map((offset) => parkedAt(feed, 'a', offset));
    const changes = {
      parked,
      lanes: [laneOf(feed, 'a', 2, { attempts: 2, retryAt: 5 })],
      delivered: [parked[0]!],
    };
    for (let time = 0; time < 3; time++) {
      expect(await partition.save(changes)).toBe(true);
      expect(await partition.offsets(feed, 'a')).toEqual([2, 3]);
      expect(await partition.due(5)).toEqual({ a: 2 });
    }
  });

  it.each(AWKWARD_LANES)('can be called %j', async (lane) => {
    const rows = [parkedAt(feed, lane, 1, { eventType: lane }), parkedAt(feed, `${lane}+`, 2)];
    const entry = laneOf(feed, lane, 1, { retryAt: 5, lastError: lane });
    await partition.save({ parked: rows, lanes: [entry] });
    expect(await isParked(lane, `${lane}-`)).toEqual(new Set([lane]));
    expect(await partition.dueLanes(5)).toEqual([entry]);
    expect(await partition.store.parkedDeliveries(partition.claim, feed, lane, 5)).toEqual([rows[0]]);
    await partition.save({ delivered: [{ feedId: feed, lane, offset: 1 }] });
    expect(await isParked(lane, `${lane}+`)).toEqual(new Set([`${lane}+`]));
  });

  it('can be thousands', async () => {
    const parked = Array.from({ length: 6_000 }, (_, offset) => parkedAt(feed, `l${offset % 3_000}`, offset));
    const lanes = Array.from({ length: 3_000 }, (_, index) =>
      laneOf(feed, `l${index}`, index, { retryAt: 5 }),
    );
    await partition.save({ parked, lanes });
    expect((await isParked(...lanes.map(({ lane }) => lane))).size).toBe(3_000);
    await partition.save({ delivered: parked.slice(0, 3_000) });
    expect(Object.keys(await partition.due()).length).toBe(3_000);
    await partition.save({ delivered: parked });
    expect(await partition.due()).toEqual({});
  });
}
