import { systemClock } from '#libs/kernel';
import { rebuild } from '../../core/rebuild/rebuild.js';
import { RebuildProgress } from '../../core/rebuild/rebuild-progress.js';
import { useDatabase } from '#libs/testing';
import { PostgresProjectionBuilds } from '../projection-builds.js';
import { PostgresProjectionStore } from '../projection.store.js';
import { READ_MODELS } from '../../read-models/read-models.js';
import { BuildVerification } from './build-verification.js';
import { FilledLogs, type PostgresReadModel } from '../../testing/filled-log.fixture.js';
import { equalsLog, verifyProjection } from './projection-verification.js';

const modelNamed = (name: string): PostgresReadModel => READ_MODELS.find((each) => each.name === name)!;

const { url, prisma } = await useDatabase();
const builds = new PostgresProjectionBuilds(prisma);
const logs = await FilledLogs.open(20);
afterAll(() => logs.close());

describe('the verification of a build beside the live one', () => {
  afterEach(async () => {
    for (const readModel of READ_MODELS) await builds.abandon(readModel);
  });

  const sql = (statement: string) => prisma.pool.query(statement);
  const partsOf = (readModel: PostgresReadModel) => ({
    database: { url },
    log: logs.readerOf(readModel),
    projection: logs.of(readModel),
  });
  /** A build with everything in it, and the check of it; the live one is empty. */
  const loaded = async (readModel: PostgresReadModel) => {
    await builds.live(readModel);
    const { build } = await builds.begin(readModel);
    const ends = await logs.project(prisma, readModel, build);
    const verification = new BuildVerification(partsOf(readModel));
    const checkAll = async () => {
      for (const end of ends) await verification.check(build, end);
    };
    return { build, ends, verification, checkAll };
  };

  it.each(READ_MODELS)('finds $name equal to the log', async (readModel) => {
    const { checkAll } = await loaded(readModel);
    await expect(checkAll()).resolves.toBeUndefined();
  });

  it('checks partitions side by side', async () => {
    const { build, ends, verification } = await loaded(modelNamed('order-statistics'));
    await expect(Promise.all(ends.map((end) => verification.check(build, end)))).resolves.toHaveLength(2);
  });

  it('names what differs, without its values', async () => {
    const { checkAll } = await loaded(modelNamed('orders'));
    await sql(`update build_orders."order" set customer_id = 'somebody' where order_id in (
      select order_id from build_orders."order" limit 1)`);
    await expect(checkAll()).rejects.toThrow(
      /^build \d+ of orders, .*\/\d up to \d+: 1 row differs from the log: order \S+ is different in customer_id$/,
    );
  });

  it('finds, with the last partition, what no event has led to', async () => {
    const { checkAll } = await loaded(modelNamed('stock'));
    await sql(`insert into build_stock.stock_item
      select 'foreign', sku, version, on_hand, reserved, available, created_at, updated_at, state
      from build_stock.stock_item where sku = 'tea'`);
    await expect(checkAll()).rejects.toMatchObject({
      name: 'VerificationFailedError',
      differences: [{ kind: 'unexpected', table: 'stock_item', key: { tenant: 'foreign', sku: 'tea' } }],
    });
  });

  it('does not take the live tables for those of a build that is gone', async () => {
    const { build, ends, verification } = await loaded(modelNamed('stock'));
    await builds.abandon(modelNamed('stock'));
    await expect(verification.check(build, ends[0]!)).rejects.toMatchObject({ name: 'BuildGoneError' });
    await builds.begin(modelNamed('stock'));
    await expect(verification.check(build + 7, ends[0]!)).rejects.toMatchObject({ name: 'BuildGoneError' });
  });

  it('does not judge what has been moved on', async () => {
    const { build, ends, verification } = await loaded(modelNamed('stock'));
    const before = { ...ends[0]!, nextOffset: ends[0]!.nextOffset - 1 };
    await expect(verification.check(build, before)).rejects.toThrow(/is not at \d+ but at \d+/);
  });

  it('lets a rebuild through that is right, and no other', async () => {
    const readModel = modelNamed('order-statistics');
    await builds.live(readModel);
    const again = async (projection: PostgresReadModel) => {
      const verification = new BuildVerification(partsOf(readModel));
      await rebuild({
        projection: logs.of(projection),
        store: new PostgresProjectionStore(prisma),
        builds,
        log: logs.readerOf(readModel),
        check: (build, at) => verification.check(build, at),
        progress: new RebuildProgress(() => undefined, systemClock),
        fetchBytes: 2_000,
        concurrency: 2,
        clock: { ...systemClock, sleep: async () => undefined },
        signal: new AbortController().signal,
      });
    };
    const wrong: PostgresReadModel = {
      ...readModel,
      write: async (transaction, events, context) => {
        await readModel.write(transaction, events, context);
        await transaction.query(
          `update order_statistics set revenue = revenue + 1 where status = 'cancelled'`,
        );
      },
    };
    await expect(again(wrong)).rejects.toMatchObject({ name: 'VerificationFailedError' });
    expect((await sql('select from order_fact')).rowCount).toBe(0);
    // The next run would resume from what is left of the wrong one.
    await builds.abandon(readModel);
    await again(readModel);
    expect((await sql('select from order_fact')).rowCount).toBe(20);
    expect(equalsLog((await verifyProjection(partsOf(readModel)))!)).toBe(true);
  });
});
