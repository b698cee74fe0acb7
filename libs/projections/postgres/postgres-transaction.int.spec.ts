import { useDatabase } from '#libs/testing';
import { isDatabaseOutage, isDataFault, prepared } from '#libs/postgres';
import { inOpenedTransaction, inTransaction } from './postgres-transaction.js';

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

describe('a transaction that opens with the first statement of its work', () => {
  beforeEach(() => prisma.$executeRaw`create table if not exists mark (text text primary key)`);
  afterEach(() => prisma.$executeRaw`drop table mark`);

  const MARK = prepared('insert into mark values ($1) returning text');
  const opening = ['a', 'b'].map((text) => prepared('select $1::text as "opened"')([text]));
  const refused = new Error('refused');
  const refuse = (): never => {
    throw refused;
  };
  const marks = async () =>
    (await prisma.$queryRaw<{ text: string }[]>`select text from mark order by text`).map(({ text }) => text);

  it('checks the opening, and gives each statement its own result', async () => {
    let checked: unknown;
    const check = (results: readonly { readonly rows: readonly unknown[] }[]) =>
      (checked = results.map(({ rows }) => rows));
    for (const text of ['c', 'd']) {
      const found = await inOpenedTransaction(prisma.pool, opening, check, async (transaction) => [
        (await transaction.query(MARK([text]))).rows,
        (await transaction.query('select $1::int as n', [7])).rows,
        (await transaction.query(MARK([`${text}2`]))).rowCount,
      ]);
      expect(found).toEqual([[{ text }], [{ n: 7 }], 1]);
      expect(checked).toEqual([[{ opened: 'a' }], [{ opened: 'b' }]]);
    }
    expect(await marks()).toEqual(['c', 'c2', 'd', 'd2']);
  });

  it.each([
    ['prepared', MARK(['c'])],
    ['not prepared', { text: `insert into mark values ('c')` }],
  ])('does nothing when the check refuses, also if the work goes on: %s', async (_, statement) => {
    const works = [
      (query: () => Promise<unknown>) => query(),
      (query: () => Promise<unknown>) => query().catch(() => undefined),
      async () => undefined,
    ];
    for (const work of works) {
      const failure = inOpenedTransaction(prisma.pool, opening, refuse, (transaction) =>
        work(() => transaction.query(statement)),
      );
      await expect(failure).rejects.toBe(refused);
    }
    expect(await marks()).toEqual([]);
  });

  it('tells what the check refuses before what is wrong with the first statement', async () => {
    await prisma.$executeRaw`insert into mark values ('c')`;
    const open = (check: () => void) =>
      inOpenedTransaction(prisma.pool, opening, check, (transaction) => transaction.query(MARK(['c'])));
    await expect(open(refuse)).rejects.toBe(refused);
    await expect(open(() => undefined)).rejects.toMatchObject({ code: '23505' });
  });

  it('does nothing when the opening fails, and is well the next time', async () => {
    const divide = prepared('select 1 / $1::int');
    const open = (divisor: number) =>
      inOpenedTransaction(
        prisma.pool,
        [divide([divisor]), ...opening],
        () => undefined,
        (transaction) => transaction.query(MARK(['c'])),
      );
    await expect(open(0)).rejects.toMatchObject({ code: '22012' });
    expect(await marks()).toEqual([]);
    await open(1);
    expect(await marks()).toEqual(['c']);
  });
});
