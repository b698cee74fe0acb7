import { describeDispatchStore } from '../testing/conformance/dispatch-store.js';
import {
  ClaimedPartition,
  cursorAt,
  type LaneInPartition,
  laneOf,
  parkedAt,
} from '../testing/conformance/store-under-test.js';
import { newId } from '#libs/kernel';
import { makeDatabase, type TestDatabase } from '#libs/testing';
import { makePrisma, type PooledPrisma } from '#libs/postgres';
import { type Release, releaseLanes } from './dead-letter.repository.js';
import { PostgresDispatchStore } from './dispatch-store.js';

let database: TestDatabase;
let prisma: PooledPrisma;

beforeAll(async () => {
  database = await makeDatabase();
  prisma = makePrisma({ url: database.url, poolSize: 5, timeoutMs: 5_000 });
});
afterAll(async () => {
  await prisma?.$disconnect();
  await database?.drop();
});

const by =
  (release: Release) =>
  async ({ claim: { topic, partition }, feedId, lane }: LaneInPartition): Promise<void> => {
    const where = { topic, partition, feedId, lane };
    const row = await prisma.webhookLane.findFirst({ where });
    if (row?.parkedAt) await releaseLanes(prisma.pool, release, [{ ...where, parkedAt: row.parkedAt }]);
  };

const subject = () => ({
  store: new PostgresDispatchStore(prisma),
  redrive: by('redrive'),
  skip: by('skip'),
});

describeDispatchStore('in Postgres', async () => subject());

const partitionsOf = async (topic: string, count: number): Promise<ClaimedPartition[]> => {
  const partitions = Array.from(
    { length: count },
    (_, partition) => new ClaimedPartition(subject(), { topic, partition, owner: newId() }),
  );
  for (const partition of partitions) await partition.take();
  return partitions;
};

describe('a save of several partitions', () => {
  const feed = newId();

  it('waits for no partition that is locked, and the save of that one alone succeeds afterwards', async () => {
    const partitions = await partitionsOf(`locked-${newId()}`, 3);
    const saves = partitions.map((each) => each.cursorSave({ cursors: { [feed]: cursorAt(5) } }));
    const [first, locked, last] = saves.map(({ claim }) => claim);
    const operator = await prisma.pool.connect();
    try {
      await operator.query('begin');
      const place = [locked?.topic, locked?.partition];
      await operator.query(
        'select from webhook_partition where topic = $1 and partition = $2 for update',
        place,
      );
      expect(await subject().store.saveCursors(saves)).toEqual(new Set([first, last]));
      const alone = partitions[1]?.save({ cursors: { [feed]: cursorAt(5) } });
      await operator.query('commit');
      expect(await alone).toBe(true);
    } finally {
      operator.release();
    }
    for (const partition of partitions)
      expect(await partition.active(feed)).toEqual(new Map([[feed, cursorAt(5)]]));
  });

  it('takes a partition whose owner was changed and changed back meanwhile', async () => {
    const [partition] = await partitionsOf(`moved-${newId()}`, 1);
    const rival = partition?.rival();
    await rival?.take();
    await partition?.take();
    const save = partition?.cursorSave({ cursors: { [feed]: cursorAt(5) } });
    expect(save && (await subject().store.saveCursors([save]))).toEqual(new Set([partition?.claim]));
  });

  it('saves none when a value is refused, so that each is saved by itself', async () => {
    const partitions = await partitionsOf(`refused-${newId()}`, 3);
    const saves = partitions.map((each, nth) =>
      each.cursorSave({
        cursors: { [feed]: cursorAt(5, { previousEventId: nth === 1 ? 'no uuid' : null }) },
      }),
    );
    expect(await subject().store.saveCursors(saves)).toEqual(new Set());
    for (const partition of partitions) expect(await partition.active(feed)).toEqual(new Map([[feed, null]]));
  });

  it('is an outage when the database is away', async () => {
    const away = makePrisma({ url: 'postgresql://127.0.0.1:1/none', poolSize: 1, timeoutMs: 500 });
    const [partition] = await partitionsOf(`away-${newId()}`, 1);
    const save = partition?.cursorSave({});
    await expect(new PostgresDispatchStore(away).saveCursors(save ? [save] : [])).rejects.toThrow();
    await away.$disconnect();
  });
});

describe('the question which partitions have retries', () => {
  const SAVED_AT_ONCE = 1_000;

  /** Reads of the index and the table: a look at each partition touches few. */
  async function blocksReadBy(claims: readonly ClaimedPartition['claim'][]): Promise<number> {
    const statements: { text: string; values: unknown[] }[] = [];
    const pool = {
      query: (statement: (typeof statements)[0]) => {
        statements.push(statement);
        return prisma.pool.query(statement);
      },
    } as unknown as PooledPrisma['pool'];
    await new PostgresDispatchStore({ pool }).withRetries(claims);
    const [statement] = statements;
    if (!statement) throw new Error('nothing was asked');
    const { rows } = await prisma.pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `explain (analyze, buffers, format json) ${statement.text}`,
      statement.values,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
  }

  it('costs a few blocks for each partition, even if all that waits is in one of them', async () => {
    await prisma.$executeRaw`truncate webhook_lane, webhook_parked_delivery`;
    const partitions = await partitionsOf(`asked-${newId()}`, 24);
    const claims = partitions.map(({ claim }) => claim);
    const feeds = Array.from({ length: 40 }, () => newId());
    const lanes = feeds.flatMap((id, feedNth) =>
      Array.from({ length: 250 }, (_, nth) =>
        laneOf(id, `lane-${nth}`, 250 * feedNth + nth, { retryAt: nth % 2 === 0 ? 5 : null }),
      ),
    );
    // A busy machine would run out of time for all of them in one transaction.
    for (let from = 0; from < lanes.length; from += SAVED_AT_ONCE) {
      const some = lanes.slice(from, from + SAVED_AT_ONCE);
      const parked = some.map(({ feedId, lane, offset }) => parkedAt(feedId, lane, offset));
      await partitions[3]?.save({ parked, lanes: some });
    }
    for (const isAnalysed of [false, true]) {
      if (isAnalysed) await prisma.$executeRaw`analyze webhook_lane`;
      expect(await subject().store.withRetries(claims)).toEqual(new Set([claims[3]]));
      expect(await blocksReadBy(claims)).toBeLessThan(claims.length * 6);
    }
  });
});
