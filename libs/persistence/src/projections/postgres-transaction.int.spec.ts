import { makeDatabase, type TestDatabase } from '#libs/testing/servers';
import { makePrisma, type PooledPrisma } from '../database/prisma.service.js';
import { inTransaction } from './postgres-transaction.js';

describe('a transaction past Prisma', () => {
  let database: TestDatabase;
  let prisma: PooledPrisma;

  beforeAll(async () => {
    database = await makeDatabase();
    prisma = makePrisma({ url: database.url, poolSize: 2, timeoutMs: 5_000 });
    await prisma.$executeRaw`create table note (text text)`;
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const note = (text: string, then: () => Promise<void> = async () => {}) =>
    inTransaction(prisma.pool, 'select 1', async (transaction) => {
      await transaction.query('insert into note values ($1)', [text]);
      await then();
    });
  const notes = async () =>
    (await prisma.$queryRaw<{ text: string }[]>`select text from note order by text`).map(({ text }) => text);

  it('is all or nothing, and leaves its connection clean', async () => {
    await note('a');
    const failure = note('b', async () => {
      throw new Error('on purpose');
    });
    await expect(failure).rejects.toThrow('on purpose');
    await note('c');
    expect(await notes()).toEqual(['a', 'c']);
  });

  it('fails, and nothing else does, when its connection is cut between two statements', async () => {
    const failure = note('d', async () => {
      await prisma.$queryRaw`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity where state = 'idle in transaction'`;
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    await expect(failure).rejects.toThrow();
    expect(await notes()).toEqual(['a', 'c']);
    await note('e');
  });
});
