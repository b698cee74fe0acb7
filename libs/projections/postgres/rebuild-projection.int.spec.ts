import { newId } from '#libs/kernel';
import { PartitionProjection } from '../core/runtime/partition-projection.js';
import { RebuildStoppedError } from '../core/rebuild/rebuild.js';
import { useDatabase } from '#libs/testing';
import { ORDER_STATISTICS_READ_MODEL } from '../read-models/order-statistics/order-statistics.read-model.js';
import { ORDER_TIMELINE_READ_MODEL } from '../read-models/order-timeline/order-timeline.read-model.js';
import { ORDER_AGGREGATE } from '#libs/orders';
import { stateTableProjection } from './state-table-projection.js';
import { OrderLog } from '../testing/order-log.fixture.js';
import { READ_MODELS } from '../read-models/read-models.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { ProjectionCommands } from './projection-commands.js';
import { PostgresProjectionStore } from './projection.store.js';
import { rebuildProjection } from './rebuild-projection.js';

const ORDERS_READ_MODEL = stateTableProjection(ORDER_AGGREGATE);

const PARTITIONS = 3;
const BATCH = 7;

const { url, prisma } = await useDatabase(8);
beforeEach(async () => {
  const tables = READ_MODELS.flatMap((each) => each.tables).map((table) => `"${table}"`);
  await prisma.$executeRawUnsafe(
    `truncate ${tables.join()}, projection, projection_checkpoint, projection_skip`,
  );
});

describe.each([ORDERS_READ_MODEL, ORDER_TIMELINE_READ_MODEL, ORDER_STATISTICS_READ_MODEL])(
  'a rebuild of $name',
  (projection) => {
    const [table = ''] = projection.tables;
    let log: OrderLog;
    let live: PartitionProjection<never>[];

    beforeEach(async () => {
      log = new OrderLog(PARTITIONS, BATCH);
      for (let count = 0; count < 60; count++) log.append(count % PARTITIONS);
      await openLive();
      await follow();
    });

    async function openLive(): Promise<void> {
      const { build } = await new PostgresProjectionBuilds(prisma).live(projection);
      live = log.partitions.map(
        (_, partition) =>
          new PartitionProjection({ projection, store: new PostgresProjectionStore(prisma), log } as never, {
            projection: projection.name,
            build,
            topic: 'orders',
            partition,
          }),
      );
      await Promise.all(live.map((partition) => partition.open()));
    }

    /** As a projector does, which opens again when somebody else has moved what it knew. */
    async function follow(): Promise<void> {
      for (const { partition, end } of log.partitions) await live[partition]?.catchUp(end).catch(openLive);
    }

    const rows = () => prisma.$queryRawUnsafe<object[]>(`select * from "${table}" order by 1, 2, 3, 4`);
    const builds = async () => (await new PostgresProjectionBuilds(prisma).live(projection)).build;
    const run = (signal = new AbortController().signal, changed = () => {}) =>
      rebuildProjection({ database: { url }, projection, log, changed, signal });

    it('makes the same rows from the log, and indexes them', async () => {
      const before = await rows();
      const indexes = () =>
        prisma.$queryRawUnsafe<object[]>(
          `select indexname, indexdef from pg_indexes where schemaname = 'public' and tablename = '${table}' order by 1`,
        );
      const indexed = await indexes();
      await prisma.$executeRawUnsafe(`delete from "${table}"`);
      log.forgetFetches();
      await run();
      // The rebuild verifies events as it applies them, so it reads nothing twice.
      expect(log.fetches).toBeLessThan(2 * Math.ceil(120 / BATCH));
      expect(await rows()).toEqual(before);
      expect(await indexes()).toHaveLength(indexed.length);
      expect(await builds()).toBe(2);
      const schemas = await prisma.$queryRaw`
      select nspname from pg_namespace where nspname like 'build_%' or nspname like 'retired_%'`;
      expect(schemas).toEqual([]);
    });

    it('leaves views over its tables, which then read the new ones', async () => {
      const count = 'select count(*)::int as count from looked';
      await prisma.$executeRawUnsafe(
        `create view looked with (security_barrier) as select * from "${table}"`,
      );
      try {
        const before = await prisma.$queryRawUnsafe(count);
        await run();
        await prisma.$executeRawUnsafe(`delete from "${table}"`);
        expect(before).not.toEqual([{ count: 0 }]);
        expect(await prisma.$queryRawUnsafe(count)).toEqual([{ count: 0 }]);
        expect(await prisma.$queryRaw`select reloptions from pg_class where relname = 'looked'`).toEqual([
          { reloptions: ['security_barrier=true'] },
        ]);
      } finally {
        await prisma.$executeRaw`drop view looked`;
      }
    });

    it('never lets queries go back, under live writes', async () => {
      let done = false;
      let count = 0;
      const query = async (): Promise<void> => {
        while (!done) {
          const found = await rows();
          expect(found.length).toBeGreaterThanOrEqual(
            projection === ORDER_STATISTICS_READ_MODEL ? Math.min(count, 1) : count,
          );
          count = found.length;
        }
      };
      const write = async (): Promise<void> => {
        while (!done) {
          log.append(Math.floor(Math.random() * PARTITIONS));
          await follow();
        }
      };
      const others = Promise.all([query(), write()]);
      await run();
      await run();
      done = true;
      await others;
      await openLive();
      await follow();
      expect(await builds()).toBe(3);
      const after = await rows();
      await run();
      expect(await rows()).toEqual(after);
    });

    it('does not replace the live build when it differs from the log', async () => {
      const wrong: typeof projection = {
        ...projection,
        write: (transaction, events, context) =>
          projection.write(
            transaction,
            events.filter(({ position }) => position.offset !== 4 && position.offset !== 5),
            context,
          ),
      };
      const signal = new AbortController().signal;
      const rebuilt = rebuildProjection({
        database: { url },
        projection: wrong,
        log,
        changed: () => {},
        signal,
      });
      await expect(rebuilt).rejects.toMatchObject({ name: 'VerificationFailedError' });
      expect(await builds()).toBe(1);
      await run();
      expect(await builds()).toBe(2);
    });

    it('goes on where it was stopped', async () => {
      const stop = new AbortController();
      let changes = 0;
      const stopped = run(stop.signal, () => {
        if (++changes === 1) setImmediate(() => stop.abort(new Error('stopped')));
      });
      await expect(stopped).rejects.toThrow('stopped');
      const begun = await prisma.projectionCheckpoint.findMany({ where: { build: 2 } });
      const already = begun.reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0);
      expect(await builds()).toBe(1);
      const before = await rows();
      log.forgetFetches();
      await run();
      // Built from once, and checked from the beginning.
      const most = Math.ceil((120 - already) / BATCH) + Math.ceil(120 / BATCH) + 5 * PARTITIONS;
      expect(log.fetches).toBeLessThanOrEqual(most);
      expect(await builds()).toBe(2);
      expect(await rows()).toEqual(before);
    });

    it('is one at a time', async () => {
      const both = await Promise.allSettled([run(), run()]);
      expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
      for (const result of both) {
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ name: 'RebuildUnderWayError' });
      }
    });
  },
);

describe('a rebuild from an event that cannot be taken', () => {
  it('stops there, and goes on when that is skipped', async () => {
    const log = new OrderLog(PARTITIONS, BATCH);
    log.append(0);
    log.append(0);
    const [partition] = log.partitions;
    const [first] = partition?.events ?? [];
    if (!first) throw new Error('the log is empty');
    // An event of a stream without a first event.
    partition?.put({ ...first, metadata: { ...first.metadata, streamId: newId(), version: 5 } });
    const run = () =>
      rebuildProjection({
        database: { url },
        projection: ORDERS_READ_MODEL,
        log,
        changed: () => {},
        signal: new AbortController().signal,
      });
    await expect(run()).rejects.toBeInstanceOf(RebuildStoppedError);
    const commands = new ProjectionCommands(prisma);
    const [status] = (await commands.status()).filter(({ fault }) => fault);
    expect(status).toMatchObject({ projection: 'orders', live: false, fault: { offset: 4 } });
    expect(await commands.skip('orders', { topic: 'orders', partition: 0, offset: 3 })).toBe(false);
    expect(await commands.skip('orders', { topic: 'orders', partition: 0, offset: 4 })).toBe(true);
    await run();
    expect(await prisma.order.count()).toBe(2);
  });

  it.each([
    ['begins anew', 'has passed', 3, /is no longer under way/],
    ['goes on', 'has not come to', 2, undefined],
  ])('%s when an event is skipped that it %s', async (_, _where, nextOffset, gone) => {
    const builds = new PostgresProjectionBuilds(prisma);
    const { build: live } = await builds.live(ORDERS_READ_MODEL);
    const { build } = await builds.begin(ORDERS_READ_MODEL);
    await prisma.$executeRaw`delete from projection_checkpoint`;
    await prisma.$executeRaw`
      insert into projection_checkpoint (projection, build, topic, partition, next_offset, fault, fault_offset)
      values ('orders', ${live}, 'orders', 0, 2, 'broken', 2), ('orders', ${build}, 'orders', 0, ${nextOffset}, null, null)`;
    const commands = new ProjectionCommands(prisma);
    expect(await commands.skip('orders', { topic: 'orders', partition: 0, offset: 2 })).toBe(true);
    const indexed = builds.index(ORDERS_READ_MODEL, build);
    if (gone) await expect(indexed).rejects.toThrow(gone);
    else await indexed;
    await builds.abandon(ORDERS_READ_MODEL);
  });
});
