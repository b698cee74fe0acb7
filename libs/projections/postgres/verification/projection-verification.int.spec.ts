import { makeDatabase } from '#libs/testing';
import { READ_MODELS } from '../../read-models/read-models.js';
import { FilledDatabase, modelNamed } from '../../testing/filled-database.fixture.js';
import { equalsLog, verifyProjection } from './projection-verification.js';

const filled = await FilledDatabase.use();

describe('the verification of live read models', () => {
  afterEach(() => filled.restore());

  it.each(READ_MODELS)('finds $name equal to the log, and says how many rows', async (readModel) => {
    const found = await filled.verify(readModel);
    expect(found).toMatchObject({
      equal: true,
      build: 1,
      version: readModel.version,
      surplus: { count: 0, rows: [] },
    });
    const rows = await Promise.all(
      readModel.tables.map((table) => filled.sql(`select count(*) from "${table}"`)),
    );
    const zeros = await filled.sql('select count(*) from order_statistics where orders = 0');
    const there = rows.reduce((sum, { rows: [row] }) => sum + Number(row?.['count']), 0);
    const without = readModel.tables.includes('order_statistics') ? Number(zeros.rows[0]?.['count']) : 0;
    expect(found.partitions.reduce((sum, { expected }) => sum + expected.rows, 0)).toBe(there - without);
    for (const { expected, actual, events, fault } of found.partitions) {
      expect(actual).toEqual(expected);
      expect(events).toBeGreaterThan(2);
      expect(fault).toBeUndefined();
    }
    expect(await filled.verify(readModel, { maxStreams: 7 })).toEqual(found);
  });

  it('looks at one moment, also while a projector goes on', async () => {
    const readModel = modelNamed('order-statistics');
    await filled.beginAnew(readModel);
    await filled.project(readModel, 20);
    const reader = filled.logs.readerOf(readModel);
    let isBehind = true;
    const found = await verifyProjection({
      database: filled.database,
      projection: filled.logs.of(readModel),
      log: {
        hasGaps: () => false,
        fetch: async (from, maxBytes) => {
          if (isBehind) await filled.project(readModel);
          isBehind = false;
          return reader.fetch(from, maxBytes);
        },
      },
    });
    const ends = await reader.endOffsets(filled.logs.of(readModel).topics);
    const end = ends.find(({ partition }) => partition === 0);
    expect(found?.partitions[0]?.nextOffset).toBeLessThan(end!.offset);
    expect(equalsLog(found!)).toBe(true);
    expect(await filled.verify(readModel)).toMatchObject({
      equal: true,
      partitions: [{ nextOffset: end!.offset }, {}],
    });
  });

  it('leaves out what was left out by command', async () => {
    const readModel = modelNamed('order-timeline');
    await filled.beginAnew(readModel);
    const { topic } = filled.logs.orders;
    await filled.sql(`insert into projection_skip values ('order-timeline', '${topic}', 1, 5, 'test')`);
    await filled.project(readModel);
    expect(await filled.verify(readModel)).toMatchObject({
      equal: true,
      partitions: [{ skipped: 0 }, { skipped: 1 }],
    });
    await filled.sql('truncate projection_skip');
    expect((await filled.differencesOf(readModel)).map(({ kind }) => kind)).toEqual(['missing']);
  });

  it('tells where and why a projection has stopped', async () => {
    await filled.sql(
      `update projection_checkpoint set fault = 'test', fault_offset = 17 where projection = 'stock' and partition = 0`,
    );
    const { equal, partitions } = await filled.verify(modelNamed('stock'));
    expect(equal).toBe(true);
    expect(partitions[0]?.fault).toEqual({ offset: 17, reason: 'test' });
  });

  it('does not believe a checkpoint that lies beyond the log', async () => {
    await filled.sql(
      `update projection_checkpoint set next_offset = 100000 where projection = 'stock' and partition = 0`,
    );
    const { equal, partitions, surplus } = await filled.verify(modelNamed('stock'));
    expect(equal).toBe(false);
    expect(partitions[0]?.obstacle).toMatch(/^the log ends at .*\/0@\d+$/);
    expect(surplus).toBeUndefined();
  });

  it('does not overlook a column', async () => {
    await filled.sql('alter table stock_item add note text');
    try {
      await expect(filled.verify(modelNamed('stock'))).rejects.toThrow(
        'stock_item has the columns available, created_at, low_at, note',
      );
    } finally {
      await filled.sql('alter table stock_item drop note');
    }
  });

  it('does not know a projection that nobody has begun', async () => {
    const another = await makeDatabase();
    try {
      const projection = modelNamed('stock');
      const log = filled.logs.readerOf(projection);
      expect(await verifyProjection({ database: another, projection, log })).toBeUndefined();
    } finally {
      await another.drop();
    }
  });
});
