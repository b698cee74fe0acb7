import { inOpenedTransaction, inTransaction } from '#libs/projections/postgres';
import { tryWithAdvisoryLock } from './advisory-lock.js';
import { isDatabaseOutage, isDataFault } from './database-outage.js';
import { prepared } from './statements.js';
import { makePrisma, type PooledPrisma } from './prisma.service.js';
import { ScriptedPostgres, type Trouble } from './testing/scripted-postgres.fixture.js';

/** Every way in which statements get to Postgres. */
const WAYS: Record<string, (prisma: PooledPrisma) => Promise<unknown>> = {
  'the pool': ({ pool }) => pool.query('select 1'),
  'the pool, with values': ({ pool }) => pool.query('select $1::int', [1]),
  'a read of Prisma': (prisma) => prisma.order.findMany(),
  'a write of Prisma': (prisma) => prisma.apiKey.updateMany({ where: { id: 'x' }, data: { name: 'y' } }),
  'a raw read of Prisma': (prisma) => prisma.$queryRaw`select 1`,
  'a raw write of Prisma': (prisma) => prisma.$executeRaw`update note set text = 'x'`,
  'a transaction of Prisma': (prisma) => prisma.$transaction((within) => within.order.findMany()),
  'a raw transaction of Prisma': (prisma) => prisma.$transaction((within) => within.$queryRaw`select 1`),
  'a list of Prisma': (prisma) => prisma.$transaction([prisma.$queryRaw`select 1`, prisma.order.findMany()]),
  'a transaction past Prisma': ({ pool }) =>
    inTransaction(pool, 'select 1', (within) => within.query('select 1')),
  'a transaction that opens with the first statement': ({ pool }) =>
    inOpenedTransaction(
      pool,
      [prepared('select 1')([])],
      () => undefined,
      (within) => within.query(prepared('select 2')([])),
    ),
  'an advisory lock': ({ pool }) => tryWithAdvisoryLock(pool, 1, async () => undefined),
};

const IN_TRANSACTION = Object.keys(WAYS).filter((way) => /transaction|list/.test(way));

/** One of each kind; which codes are outages is looked at elsewhere. */
const START: Trouble[] = [
  { kind: 'fatal', code: '53300' },
  { kind: 'fatal', code: '57P03' },
  { kind: 'drop' },
];
const STATEMENT: Trouble[] = [
  { kind: 'error', code: '25006' },
  { kind: 'error', code: '53100' },
  { kind: 'fatal', code: '57P01' },
  { kind: 'fatal', code: '25P03' },
  { kind: 'drop' },
];
const SILENCE: Trouble = { kind: 'silence' };
/** Each of them is waited out. */
const SILENCE_MS = 1_000;

const ANY_STATEMENT = /select|update/i;

const named = (trouble: Trouble): string =>
  'code' in trouble ? `${trouble.kind} ${trouble.code}` : trouble.kind;

const each = (ways: readonly string[], troubles: readonly Trouble[]) =>
  ways.flatMap((way) => troubles.map((trouble) => [way, named(trouble), trouble] as const));

/** One connection: whoever comes next would get the same. */
async function setUp(timeoutMs: number) {
  const postgres = await ScriptedPostgres.start();
  const prisma = makePrisma({ url: postgres.url, poolSize: 1, timeoutMs });
  const work = (way: string) => WAYS[way]!(prisma);
  return {
    postgres,
    work,
    /** Fails as an outage while the server does, and works once it does not. */
    async failsOnce(way: string, troubles: Partial<Pick<ScriptedPostgres, 'atStart' | 'atStatement'>>) {
      Object.assign(postgres, troubles);
      const error: unknown = await work(way).then(
        () => 'it did not fail',
        (thrown: unknown) => thrown,
      );
      postgres.atStart = postgres.atStatement = undefined;
      const judged = { isOutage: isDatabaseOutage(error), isDataFault: isDataFault(error) };
      expect({ error, ...judged }).toMatchObject({ isOutage: true, isDataFault: false });
      await work(way);
    },
    async stop(): Promise<void> {
      await prisma.$disconnect();
      await postgres.stop();
    },
  };
}

const { postgres, work, failsOnce, stop } = await setUp(10_000);
afterAll(stop);

describe('a Postgres that is full, stops or only reads', () => {
  it.each(each(Object.keys(WAYS), START))(
    'is an outage to %s when it begins with %s',
    async (way, _, trouble) => {
      postgres.endSessions();
      await failsOnce(way, { atStart: trouble });
    },
  );

  it.each(each(Object.keys(WAYS), STATEMENT))(
    'is an outage to %s in the middle: %s',
    async (way, _, trouble) => {
      await work(way);
      await failsOnce(way, { atStatement: { pattern: ANY_STATEMENT, trouble } });
    },
  );

  it.each(
    ['begin', 'commit'].flatMap((word) =>
      each(IN_TRANSACTION, STATEMENT).map((found) => [word, ...found] as const),
    ),
  )('is an outage at the %s of %s: %s', async (word, way, _, trouble) => {
    await work(way);
    await failsOnce(way, { atStatement: { pattern: new RegExp(word, 'i'), trouble } });
  });

  it.each(Object.keys(WAYS))('is asked by %s in another session when this one is of no use', async (way) => {
    await work(way);
    const { sessions } = postgres;
    await failsOnce(way, {
      atStatement: { pattern: ANY_STATEMENT, trouble: { kind: 'error', code: '25006' } },
    });
    expect(postgres.sessions).toBe(sessions + 1);
  });
});

describe('a Postgres that hangs', () => {
  it.each([
    'the pool',
    'a read of Prisma',
    'a transaction of Prisma',
    'a transaction past Prisma',
    'a transaction that opens with the first statement',
  ])(
    'is an outage to %s, which goes on in another session',
    async (way) => {
      const silent = await setUp(SILENCE_MS);
      await silent.failsOnce(way, { atStart: SILENCE });
      await silent.failsOnce(way, { atStatement: { pattern: ANY_STATEMENT, trouble: SILENCE } });
      await silent.stop();
    },
    20_000,
  );
});
