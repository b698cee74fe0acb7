import { useDatabase } from '#libs/testing';
import { inTransaction } from '#libs/projections/postgres';
import { makePrisma } from './prisma.service.js';

// One connection: whoever comes next would get the same.
const { url, prisma } = await useDatabase(1);

describe('a session that is no good any more', () => {
  beforeAll(() => prisma.$executeRaw`create table note (text text)`);

  /** As after a failover to a server that was a standby when the session began. */
  const makeReadOnly = () => prisma.$executeRaw`set session characteristics as transaction read only`;

  const writes = {
    'by the pool': () => prisma.pool.query(`insert into note values ('pool')`),
    'by Prisma': () => prisma.$executeRaw`insert into note values ('prisma')`,
    'in a transaction of Prisma': () =>
      prisma.$transaction(async (transaction) => {
        await transaction.$executeRaw`insert into note values ('transaction')`;
      }),
    'in a transaction past Prisma': () =>
      inTransaction(prisma.pool, 'select 1', (transaction) =>
        transaction.query(`insert into note values ('past')`),
      ),
  };

  it.each(Object.keys(writes))('fails once, and is thrown away: %s', async (name) => {
    const write = writes[name as keyof typeof writes];
    await makeReadOnly();
    await expect(write()).rejects.toThrow();
    await write();
  });

  it('ends nothing but itself when it is lost between two queries of whoever has it', async () => {
    const killer = makePrisma({ url, poolSize: 1, timeoutMs: 5_000 });
    const client = await prisma.pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise<void>((resolve) => client.on('end', resolve));
    await killer.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await expect(client.query('select 1')).rejects.toThrow();
    client.release();
    expect((await prisma.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await killer.$disconnect();
  });

  it('is thrown away when its prepared statement is from before a migration', async () => {
    const statement = { name: 'all-notes', text: 'select * from note' };
    await prisma.pool.query(statement);
    await prisma.$executeRaw`alter table note add column more text`;
    const read = () => inTransaction(prisma.pool, 'select 1', (transaction) => transaction.query(statement));
    await expect(read()).rejects.toThrow();
    await read();
  });

  it('bounds statements, and transactions that nobody goes on with', async () => {
    const bounded = makePrisma({ url, poolSize: 1, timeoutMs: 2_000 });
    const names = ['statement_timeout', 'idle_in_transaction_session_timeout'];
    const settings = await Promise.all(
      names.map(async (name) => (await bounded.pool.query(`show ${name}`)).rows),
    );
    expect(settings.flat()).toEqual([
      { statement_timeout: '2s' },
      { idle_in_transaction_session_timeout: '8s' },
    ]);
    await bounded.$disconnect();
  });
});
