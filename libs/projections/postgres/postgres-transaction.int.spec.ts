import { useDatabase } from '#libs/testing';
import { isDatabaseOutage, isDataFault } from '#libs/postgres';
import { inTransaction } from './postgres-transaction.js';

const { prisma } = await useDatabase(2);

describe('a transaction past Prisma', () => {
  beforeAll(() => prisma.$executeRaw`create table note (text text)`);

  const note = (text: string, then: () => Promise<void> = async () => {}) =>
    inTransaction(prisma.pool, 'select 1', async (transaction) => {
      await transaction.query('insert into note values ($1)', [text]);
      await then();
    });
  const cut = async () => {
    await prisma.$queryRaw`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where state = 'idle in transaction' and datname = current_database()`;
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
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

  it('is an outage when its connection is cut between two statements, and tells no fault of the data', async () => {
    const error: unknown = await inTransaction(prisma.pool, 'select 1', async (transaction) => {
      await cut();
      await transaction.query('select 2');
    }).catch((why: unknown) => why);
    expect([isDatabaseOutage(error), isDataFault(error)]).toEqual([true, false]);
  });

  it('is an outage when its connection is cut while our own code fails', async () => {
    const error: unknown = await inTransaction(prisma.pool, 'select 1', async () => {
      await cut();
      throw new Error('of our own');
    }).catch((why: unknown) => why);
    expect(isDatabaseOutage(error)).toBe(true);
  });

  it('fails when the work has swallowed the error that ended it', async () => {
    const failure = inTransaction(prisma.pool, 'select 1', async (transaction) => {
      await transaction.query(`insert into note values ('z')`);
      await transaction.query('select 1 / 0').catch(() => undefined);
    });
    await expect(failure).rejects.toThrow('had failed before its end');
    expect(await notes()).not.toContain('z');
  });

  it('fails, and nothing else does, when its connection is cut between two statements', async () => {
    const failure = note('d', cut);
    await expect(failure).rejects.toThrow();
    expect(await notes()).toEqual(['a', 'c']);
    await note('e');
  });
});
