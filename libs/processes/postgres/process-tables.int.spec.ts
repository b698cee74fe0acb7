import { newId } from '#libs/kernel';
import { useDatabase } from '#libs/testing';
import { FeederCheckpointRepository, ProcessIndexRepository } from './index.js';

const NEVER = 9_007_199_254_740_991;
const { prisma } = await useDatabase();
const index = new ProcessIndexRepository(prisma as never);
const checkpoints = new FeederCheckpointRepository(prisma as never);

interface Row {
  readonly processId: string;
  readonly timerAt?: number;
  readonly unansweredSince?: number;
  readonly status?: string;
}

async function insert(rows: readonly Row[]): Promise<void> {
  await prisma.pool.query(
    `insert into process select id, 'acme', 1, 'errands', status, timer_at, since, 0, now(), now(), '{}'
     from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) as row (id, status, timer_at, since)`,
    [
      rows.map(({ processId }) => processId),
      rows.map(({ status }) => status ?? 'running'),
      rows.map(({ timerAt }) => timerAt ?? NEVER),
      rows.map(({ unansweredSince }) => unansweredSince ?? NEVER),
    ],
  );
}

async function idsIn(pages: AsyncIterable<readonly { readonly processId: string }[]>) {
  const found: string[][] = [];
  for await (const page of pages) found.push(page.map(({ processId }) => processId));
  return found;
}

describe('the index of processes in Postgres', () => {
  beforeEach(() => prisma.$executeRaw`truncate process`);

  it('finds those with a timer that is due, the earliest first', async () => {
    const [early, late, future, never] = [newId(), newId(), newId(), newId()];
    await insert([
      { processId: late, timerAt: 20 },
      { processId: early, timerAt: 10 },
      { processId: future, timerAt: 21 },
      { processId: never, unansweredSince: 5 },
    ]);
    expect((await idsIn(index.withTimerDue(20))).flat()).toEqual([early, late]);
    expect((await idsIn(index.withTimerDue(NEVER))).flat()).toEqual([early, late, future]);
  });

  it('finds those that have waited for an answer since then or longer', async () => {
    const [old, fresh] = [newId(), newId()];
    await insert([
      { processId: old, unansweredSince: 10 },
      { processId: fresh, unansweredSince: 11 },
      { processId: newId(), timerAt: 1 },
    ]);
    expect((await idsIn(index.unanswered(10))).flat()).toEqual([old]);
  });

  it('says whose they are', async () => {
    await insert([{ processId: newId(), timerAt: 1 }]);
    for await (const [found] of index.withTimerDue(1)) expect(found).toMatchObject({ tenant: 'acme' });
  });

  it('finds all of them, each once, over several pages and where many are due at the same time', async () => {
    // A page is 1,000: the second page begins, and the third ends, amid equal times.
    const rows = Array.from({ length: 2_500 }, (_, at) => ({
      processId: newId(),
      timerAt: at < 300 ? at : at < 2_200 ? 1_000 : 2_000,
    }));
    await insert(rows.toReversed());
    const pages = await idsIn(index.withTimerDue(2_000));
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(pages.flat().toSorted()).toEqual(rows.map(({ processId }) => processId).toSorted());
  });

  it('goes on past what has moved meanwhile', async () => {
    const rows = Array.from({ length: 1_200 }, () => ({ processId: newId(), timerAt: 1 }));
    await insert(rows);
    const found: string[] = [];
    for await (const page of index.withTimerDue(1)) {
      found.push(...page.map(({ processId }) => processId));
      await prisma.pool.query('update process set timer_at = $1 where process_id = any($2)', [
        NEVER,
        page.map(({ processId }) => processId),
      ]);
    }
    expect(found).toHaveLength(1_200);
    expect(await idsIn(index.withTimerDue(1))).toEqual([[]]);
  });

  it('counts those that are stuck', async () => {
    await insert([
      { processId: newId(), status: 'stuck' },
      { processId: newId(), status: 'stuck' },
      { processId: newId() },
    ]);
    expect(await index.countStuck()).toBe(2);
  });
});

describe('the checkpoints of the feeder in Postgres', () => {
  beforeEach(() => prisma.$executeRaw`truncate process_checkpoint`);
  const [zero, one] = [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
  ];

  it('begin at the beginning', async () => expect(await checkpoints.load(zero)).toBe(0));

  it('are kept for each partition, beyond what an int holds', async () => {
    await checkpoints.save([
      { ...zero, offset: 7 },
      { ...one, offset: 2 ** 40 },
    ]);
    expect(await checkpoints.load(zero)).toBe(7);
    expect(await checkpoints.load(one)).toBe(2 ** 40);
    expect(await checkpoints.load({ topic: 'carts', partition: 0 })).toBe(0);
  });

  it('may go on, and back', async () => {
    for (const offset of [7, 9, 8]) await checkpoints.save([{ ...zero, offset }]);
    expect(await checkpoints.load(zero)).toBe(8);
  });
});
