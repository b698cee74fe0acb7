import { describeDispatchStore } from '../testing/conformance/dispatch-store.js';
import type { LaneInPartition } from '../testing/conformance/store-under-test.js';
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

describeDispatchStore('in Postgres', async () => ({
  store: new PostgresDispatchStore(prisma),
  redrive: by('redrive'),
  skip: by('skip'),
}));
