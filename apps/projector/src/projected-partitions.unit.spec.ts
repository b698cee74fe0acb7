import { LogBatchContext } from '#libs/event-store-kafka';
import type { RecordedEvent } from '#libs/kernel';
import type { ProjectedPartition } from '#libs/persistence';
import { someStockEvent } from '#libs/testing';
import { ProjectedPartitions } from './projected-partitions.js';
import type { Projection } from './projection.js';
import { projectionOf } from './projections.js';

const topic = 'inventory';
const tea = (offset: number) => someStockEvent('tea', offset, offset);

/** A store in memory, and a log in which every offset that is named holds an event and every other a control record. */
function setUp(...offsets: number[]) {
  const written: number[] = [];
  const checkpoints = new Map<string, number>();
  const keyOf = (at: ProjectedPartition) => `${at.projection} ${at.topic}/${at.partition}`;
  const store = {
    checkpoint: async (at: ProjectedPartition) => checkpoints.get(keyOf(at)) ?? 0,
    advance: async (
      at: ProjectedPartition,
      from: number,
      to: number,
      write: (transaction: never) => unknown,
    ) => {
      expect(checkpoints.get(keyOf(at)) ?? 0).toBe(from);
      await write(undefined as never);
      checkpoints.set(keyOf(at), to);
    },
  };
  const log = {
    async *read({ offset }: { offset: number }, end: number) {
      const events = offsets.filter((each) => each >= offset && each < end).map(tea);
      if (events.length > 0) yield events;
      await Promise.resolve();
    },
  };
  const projection: Projection = {
    ...projectionOf(topic),
    write: async (_, events) => void written.push(...events.map(({ position }) => position.offset)),
  };
  const partitions = new ProjectedPartitions(store as never, log);
  const apply = (events: readonly RecordedEvent[], first: number, next: number, isStale = false) => {
    const membership = { isStale: () => isStale, heartbeat: async () => undefined };
    return partitions.apply(projection, events, new LogBatchContext(topic, 0, first, next, membership));
  };
  return { partitions, apply, written, checkpoints };
}

describe('a projected partition', () => {
  it('goes on from the checkpoint of the projection of its topic', async () => {
    const { partitions, apply, written, checkpoints } = setUp(0, 1, 2);
    checkpoints.set('stock inventory/0', 1);
    expect(await partitions.assigned(topic, 0)).toBe(1);
    expect(await apply([0, 1, 2].map(tea), 0, 3)).toBe(2);
    expect(written).toEqual([1, 2]);
    expect(checkpoints).toEqual(new Map([['stock inventory/0', 3]]));
  });

  it('takes a batch that it has already for nothing new', async () => {
    const { partitions, apply, written } = setUp(0);
    await partitions.assigned(topic, 0);
    await apply([tea(0)], 0, 1);
    expect(await apply([tea(0)], 0, 1)).toBe(0);
    expect(written).toEqual([0]);
  });

  it('goes on behind control records that came without an event', async () => {
    const { partitions, apply, written } = setUp(0, 3);
    await partitions.assigned(topic, 0);
    await apply([tea(0)], 0, 1);
    expect(await apply([tea(3)], 3, 4)).toBe(1);
    expect(written).toEqual([0, 3]);
  });

  it('does not go on when an event was passed over', async () => {
    const { partitions, apply, written, checkpoints } = setUp(0, 2, 3);
    await partitions.assigned(topic, 0);
    await apply([tea(0)], 0, 1);
    await expect(apply([tea(3)], 3, 4)).rejects.toThrow('inventory/0@2 was passed over');
    expect([written, checkpoints.get('stock inventory/0')]).toEqual([[0], 1]);
  });

  it('leaves a partition alone that is not its own any more', async () => {
    const { partitions, apply, written } = setUp(0);
    expect(await apply([tea(0)], 0, 1)).toBe(0);
    await partitions.assigned(topic, 0);
    expect(await apply([tea(0)], 0, 1, true)).toBe(0);
    await partitions.revoked(topic, 0);
    expect(await apply([tea(0)], 0, 1)).toBe(0);
    expect(written).toEqual([]);
  });

  it('is not assigned of a topic that nothing is built from', async () => {
    await expect(setUp().partitions.assigned('weather', 0)).rejects.toThrow('weather');
  });
});
