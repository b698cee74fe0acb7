import type { LoggedEvent } from '#libs/contracts';
import { newId, type Position } from '#libs/kernel';
import { PartitionProjection } from '../core/runtime/partition-projection.js';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import { useDatabase } from '#libs/testing';
import { ORDER_AGGREGATE } from '#libs/orders';
import { stateTableProjection } from './state-table-projection.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { ProjectionCommands } from './projection-commands.js';
import { PostgresProjectionStore } from './projection.store.js';

const ORDERS_READ_MODEL = stateTableProjection(ORDER_AGGREGATE);

const at = (partition: number, offset: number): Position => ({ topic: 'orders', partition, offset });

const { prisma } = await useDatabase(4);
const builds = new PostgresProjectionBuilds(prisma);
const commands = new ProjectionCommands(prisma);

describe('a projection that begins in the middle', () => {
  beforeEach(() =>
    prisma.$executeRawUnsafe(
      'truncate "order", projection, projection_checkpoint, projection_skip, projection_start',
    ),
  );

  const begin = (...start: Position[]) => builds.live(ORDERS_READ_MODEL, async () => start);
  const standing = async (build: number, partition: number) => {
    const place = { projection: ORDERS_READ_MODEL.name, build, topic: 'orders', partition };
    const { nextOffset, hasGaps } = await new PostgresProjectionStore(prisma).loadCheckpoint(place);
    return { nextOffset, hasGaps };
  };

  it('does so where its first start says, and in partitions that it does not name at the beginning', async () => {
    const { build } = await begin(at(1, 17), at(2, 0));
    expect(await standing(build, 0)).toEqual({ nextOffset: 0, hasGaps: false });
    expect(await standing(build, 1)).toEqual({ nextOffset: 17, hasGaps: true });
    expect(await standing(build, 2)).toEqual({ nextOffset: 0, hasGaps: false });
  });

  it('does so once: later starts go on, and nobody asks where they would begin', async () => {
    const { build } = await begin(at(1, 17));
    const never = () => Promise.reject(new Error('asked'));
    expect(await builds.live(ORDERS_READ_MODEL, never)).toEqual({
      build,
      version: ORDERS_READ_MODEL.version,
    });
    expect(await standing(build, 1)).toEqual({ nextOffset: 17, hasGaps: true });
  });

  it('does so once also when several start at once', async () => {
    const both = await Promise.all([begin(at(0, 1), at(1, 1)), begin(at(0, 2), at(1, 2))]);
    expect(both[0]).toEqual(both[1]);
    const [first, second] = await Promise.all([standing(1, 0), standing(1, 1)]);
    expect(first).toEqual(second);
  });

  it('begins there in every build', async () => {
    await begin(at(1, 17));
    const { build } = await builds.begin(ORDERS_READ_MODEL);
    expect(await standing(build, 1)).toEqual({ nextOffset: 17, hasGaps: true });
  });

  it('leaves out streams whose beginning it does not see, and says so after a restart too', async () => {
    const [before, after] = [newId(), newId()];
    const events = [
      someOrderEvent(before, 1),
      someOrderEvent(before, 2),
      someOrderEvent(after, 1),
      someOrderEvent(after, 2),
      someOrderEvent(before, 3, 'shipped'),
    ].map((event, offset): LoggedEvent => ({ ...recordedAt(event, 1, offset), value: Buffer.alloc(0) }));
    const log = {
      // Batches of one: each is a step of its own.
      hasGaps: () => false,
      fetch: async ({ topic, partition, offset: first }: Position) => {
        const read = events.slice(first, first + 1);
        return { topic, partition, first, next: first + read.length, events: read };
      },
    };
    const { build } = await begin(at(1, 1));
    const place = { projection: ORDERS_READ_MODEL.name, build, topic: 'orders', partition: 1 };
    for (const end of [3, 5]) {
      const parts = { projection: ORDERS_READ_MODEL, store: new PostgresProjectionStore(prisma), log };
      const partition = new PartitionProjection(parts, place);
      await partition.open();
      await partition.catchUp(end);
      expect(partition).toMatchObject({ next: end, fault: undefined });
    }
    expect(await prisma.order.findMany({ select: { orderId: true, version: true } })).toEqual([
      { orderId: after, version: 2 },
    ]);
  });

  it('is built anew from elsewhere by command, while the live build stays what it is', async () => {
    const { build } = await begin(at(1, 17));
    await standing(build, 1);
    expect(await commands.topics(ORDERS_READ_MODEL.name)).toEqual(['orders']);
    const underWay = await builds.begin(ORDERS_READ_MODEL);
    await standing(underWay.build, 1);
    await commands.replay(ORDERS_READ_MODEL.name, [at(0, 5)]);
    expect(await builds.live(ORDERS_READ_MODEL)).toEqual({ build, version: 0 });
    await expect(builds.index(ORDERS_READ_MODEL, underWay.build)).rejects.toThrow('is no longer under way');
    const next = await builds.begin(ORDERS_READ_MODEL);
    expect(await standing(next.build, 0)).toEqual({ nextOffset: 5, hasGaps: true });
    expect(await standing(next.build, 1)).toEqual({ nextOffset: 0, hasGaps: false });
    expect(await standing(build, 1)).toEqual({ nextOffset: 17, hasGaps: true });
    await builds.abandon(ORDERS_READ_MODEL);
  });
});
