import { newId } from '#libs/kernel';
import { PostgresProjectionBuilds, PostgresProjectionStore } from '#libs/projections/postgres';
import { READ_MODELS } from '#libs/projections/read-models';
import { PartitionProjection } from '#libs/projections/core';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, useDatabase } from '#libs/testing';
import { usePrinted } from './printed.fixture.js';
import { rebuildCommand } from './rebuild.js';
import { verifyCommand } from './verify.js';

const { url, prisma } = await useDatabase(2);
const { log, codec, topic, close } = await openLog(1);

describe('orderstream verify', () => {
  const printed = usePrinted({ DATABASE_URL: url });

  beforeAll(async () => {
    const appender = log.appender(topic, 0);
    await appender.claim();
    const ids = [newId(), newId()];
    await appender.append([1, 2].flatMap((v) => ids.map((id) => codec.encode(someOrderEvent(id, v)))));
    await appender.close();
    const [end] = await log.endOffsets([topic]);
    for (const projection of READ_MODELS.filter(({ topics }) => topics.includes('orders'))) {
      const { build } = await new PostgresProjectionBuilds(prisma).live(projection);
      const at = { projection: projection.name, build, topic, partition: 0 };
      const way = new PartitionProjection(
        { projection, store: new PostgresProjectionStore(prisma), log },
        at,
      );
      await way.open();
      await way.catchUp(end!.offset);
    }
  });
  afterAll(close);

  const run = (...args: string[]) => verifyCommand().parseAsync(args, { from: 'user' });

  it('proves every read model, and is content', async () => {
    await run();
    expect(process.exitCode).toBeUndefined();
    expect(printed.out).toMatch(/^orders, build 1 of version 2: equals the log$/m);
    expect(printed.out).toMatch(/^ {2}partition +events {2}rows {2}digest +verdict$/m);
    expect(printed.out).toMatch(/^ {2}test-\S+\/0 {2}4 {7}4 {5}[0-9a-f]{16} {2}equal$/m);
    expect(printed.out).toMatch(/^stock: no projector has begun it$/m);
  });

  it('proves the one that was named, also to machines', async () => {
    await run('order-statistics', '--json');
    expect(JSON.parse(printed.out)).toMatchObject([
      {
        projection: 'order-statistics',
        equalsLog: true,
        partitions: [{ topic: topic, events: 4, expected: { rows: 3 } }],
      },
    ]);
  });

  it('names what differs, and exits with 1', async () => {
    await prisma.$executeRaw`update "order" set status = 'shipped', version = 3 where order_id = (select order_id from "order" limit 1)`;
    await prisma.$executeRaw`delete from order_timeline where version = 1`;
    await run('orders', 'order-timeline');
    expect(process.exitCode).toBe(1);
    expect(printed.out).toMatch(/^orders, .*: DIFFERS from the log$/m);
    expect(printed.out).toMatch(/DIFFERS: 1 of 2 rows; the digest of what is there is [0-9a-f]{16}$/m);
    expect(printed.out).toMatch(
      /^ {2}different in order: order_id \S+: version must be 2 and is 3; status must be confirmed and is shipped$/m,
    );
    expect(printed.out.match(/^ {2}missing in order_timeline: order_id \S+, version 1$/gm)).toHaveLength(2);
  });

  it('exits with 1 where a projector has stopped, and says where', async () => {
    await prisma.$executeRaw`update projection_checkpoint set fault = 'no such thing', fault_offset = 5 where projection = 'order-statistics'`;
    await run('order-statistics');
    expect(process.exitCode).toBe(1);
    expect(printed.out).toMatch(/ equal; STOPPED at test-\S+\/0@5: no such thing$/m);
  });

  it('knows its read models', async () => {
    await expect(run('another')).rejects.toThrow(
      /^there is no projection another; there are (?:[a-z-]+, )*orders, /,
    );
    const own = { ...READ_MODELS[0]!, name: 'customer-spending' };
    const { build } = await new PostgresProjectionBuilds(prisma).live(own);
    const at = { projection: own.name, build, topic: topic, partition: 0 };
    await new PostgresProjectionStore(prisma).loadCheckpoint(at);
    await expect(run(own.name)).rejects.toThrow(
      'customer-spending is a projection of your own: nothing tells verify',
    );
    await expect(rebuildCommand().parseAsync([own.name], { from: 'user' })).rejects.toThrow(
      'orderstream projections replay customer-spending',
    );
  });
});
