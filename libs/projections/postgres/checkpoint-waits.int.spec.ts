import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '#libs/kernel';
import { DatabaseNotices, NOTICES_CONNECTION } from '#libs/postgres';
import { useDatabase } from '#libs/testing';
import { CheckpointWaits, type CheckpointReader, type FindUnknown } from './checkpoint-waits.js';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore } from './projection.store.js';

const { url: databaseUrl, prisma } = await useDatabase();
const store = new PostgresProjectionStore(prisma);
const readers = new WaitingReaders();
const builds = new PostgresProjectionBuilds(prisma);

const projection = 'orders';
const live = { projection, build: 1 };
const at = (partition: number, offset: number): Position => ({ topic: 'orders', partition, offset });

/** Longer than the test's timeout, so that only the tested code can end a wait. */
const FOR_EVER = 600_000;

describe('waiting for checkpoints', () => {
  let waits: CheckpointWaits;
  let notices: DatabaseNotices;
  let readings: number;
  let isAway: boolean;
  let findUnknown: FindUnknown;
  /** Runs after a reading, before anybody has its result. */
  let meanwhile: () => Promise<void>;

  beforeEach(async () => {
    await prisma.$executeRaw`truncate projection, projection_checkpoint`;
    for (const name of [projection, 'other']) await builds.live({ name, version: 1 });
    for (const partition of [0, 1]) await store.loadCheckpoint({ ...live, topic: 'orders', partition });
    readings = 0;
    isAway = false;
    findUnknown = async () => [];
    meanwhile = async () => {};
  });
  afterEach(async () => {
    waits.beforeApplicationShutdown();
    await notices.onApplicationShutdown();
  });

  const reader: CheckpointReader = {
    async checkpoints(projections) {
      readings++;
      if (isAway) throw new Error('away');
      const checkpoints = await store.checkpoints(projections);
      await meanwhile();
      return checkpoints;
    },
  };

  /** Without a look now and then, unless told otherwise: it is the notices that wake. */
  const make = ({ maxWaiting = 1_000, lookEveryMs = FOR_EVER, url = databaseUrl } = {}) => {
    notices = new DatabaseNotices({ url, timeoutMs: 5_000 });
    waits = new CheckpointWaits(
      reader,
      (positions) => findUnknown(positions),
      notices,
      { maxWaiting },
      readers,
      lookEveryMs,
    );
  };

  const listeners = () =>
    prisma.$queryRaw<{ pid: number }[]>`
      select pid from pg_stat_activity
      where datname = current_database() and application_name = ${NOTICES_CONNECTION} and query like 'listen%'`;

  /** A notice that is sent before somebody listens is lost, by design. */
  async function listening(): Promise<number> {
    for (;;) {
      const [listener] = await listeners();
      if (listener) return listener.pid;
      await sleep(10);
    }
  }

  async function makeListening(): Promise<number> {
    make();
    notices.onApplicationBootstrap();
    return listening();
  }

  const advance = (partition: number, from: number, to: number, write = async () => {}) =>
    store.advance([{ ...live, topic: 'orders', partition, from, to }], write);

  const passed = (
    positions: readonly Position[],
    withinMs = FOR_EVER,
    signal = new AbortController().signal,
    tenant = 'acme',
  ) => waits.passed({ tenant, projection, positions, withinMs, signal });

  /** Until a wait has made its readings: the first, and the one that follows when it has sat down. */
  const seated = async (count = 2) => {
    while (readings < count) await sleep(5);
    await sleep(20);
  };

  it('is no waiting, and one reading, where the positions are passed already', async () => {
    make();
    await advance(0, 0, 18);
    expect(await passed([at(0, 17)], 0)).toEqual({ status: 'passed' });
    expect(readings).toBe(1);
  });

  it('tells how far the projection is when the time is over', async () => {
    make();
    await advance(0, 0, 17);
    const never = { topic: 'orders', partition: 99, offset: 0 };
    for (const withinMs of [0, 30]) {
      expect(await passed([at(0, 16), at(0, 17), never], withinMs)).toEqual({
        status: 'behind',
        shortfalls: [
          { position: at(0, 17), nextOffset: 17 },
          { position: never, nextOffset: 0 },
        ],
      });
    }
  });

  it('ends as soon as every position is passed, by the notice of the commit', async () => {
    await makeListening();
    let isOver = false;
    const wait = passed([at(0, 17), at(1, 3)]).finally(() => (isOver = true));
    await seated();
    await advance(0, 0, 18);
    await seated(3);
    expect(isOver).toBe(false);
    await advance(1, 0, 4);
    expect(await wait).toEqual({ status: 'passed' });
  });

  it('is known to the projector of this process, for its projection and until it is over', async () => {
    await makeListening();
    const wait = passed([at(0, 17)]);
    await seated();
    expect([readers.has(projection), readers.has('other')]).toEqual([true, false]);
    await advance(0, 0, 18);
    await wait;
    expect(readers.has(projection)).toBe(false);
  });

  it('ends also when the notice came after the first reading, and before the wait', async () => {
    await makeListening();
    meanwhile = async () => {
      meanwhile = async () => {};
      await advance(0, 0, 1);
      await sleep(100);
    };
    expect(await passed([at(0, 0)])).toEqual({ status: 'passed' });
  });

  it('does not end by what was rolled back, or by another projection', async () => {
    await makeListening();
    const wait = passed([at(0, 0)], 500);
    await seated();
    const fail = async () => {
      throw new Error('on purpose');
    };
    await expect(advance(0, 0, 1, fail)).rejects.toThrow('on purpose');
    const other = { ...live, projection: 'other', topic: 'orders', partition: 0 };
    await store.loadCheckpoint(other);
    await store.advance([{ ...other, from: 0, to: 1 }], async () => {});
    expect((await wait).status).toBe('behind');
  });

  it('ends a little later where the notices are lost', async () => {
    make({ lookEveryMs: 20 });
    const wait = passed([at(0, 0)]);
    await seated();
    await advance(0, 0, 1);
    expect(await wait).toEqual({ status: 'passed' });
  });

  it('listens again when the connection was cut, and looks for what was told meanwhile', async () => {
    const pid = await makeListening();
    const wait = passed([at(0, 0)]);
    await seated();
    // In one statement: nobody can have listened when the checkpoint moved.
    await prisma.$queryRaw`
      with cut as (select pg_terminate_backend(${pid}, 5000) as done)
      update projection_checkpoint set next_offset = 1 from cut where done and topic = 'orders'`;
    expect(await wait).toEqual({ status: 'passed' });
    expect(await listening()).not.toBe(pid);
    const another = passed([at(0, 1)]);
    await advance(0, 1, 2);
    expect(await another).toEqual({ status: 'passed' });
  });

  it('costs few readings, however many wait', async () => {
    await makeListening();
    const all = Array.from({ length: 300 }, () => passed([at(0, 9)]));
    await seated();
    const before = readings;
    for (let offset = 0; offset < 10; offset++) await advance(0, offset, offset + 1);
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set(['passed']));
    // Waits that begin at the same time share a reading.
    expect(before).toBeLessThan(20);
    expect(readings - before).toBeLessThanOrEqual(20);
  });

  it('ends when nobody wants the answer any more, and makes room', async () => {
    make({ maxWaiting: 1 });
    const client = new AbortController();
    const wait = passed([at(0, 0)], FOR_EVER, client.signal);
    await seated();
    expect(await passed([at(0, 0)])).toEqual({ status: 'crowded', refusal: 'tenant' });
    client.abort();
    expect(await wait).toEqual({ status: 'abandoned' });
    expect(await passed([at(0, 0)], FOR_EVER, client.signal)).toEqual({ status: 'abandoned' });
    expect((await passed([at(0, 0)], 30)).status).toBe('behind');
  });

  it('has room for others, however much one tenant waits for', async () => {
    make({ maxWaiting: 10, lookEveryMs: 20 });
    const greedy = new AbortController();
    const all = Array.from({ length: 50 }, () => passed([at(1, 0)], FOR_EVER, greedy.signal, 'greedy'));
    const other = passed([at(0, 0)]);
    await seated();
    await advance(0, 0, 1);
    expect(await other).toEqual({ status: 'passed' });
    greedy.abort();
    const outcomes = await Promise.all(all);
    const crowded = outcomes.filter(({ status }) => status === 'crowded');
    expect(crowded).toEqual(Array.from({ length: 45 }, () => ({ status: 'crowded', refusal: 'tenant' })));
    expect(outcomes.length - crowded.length).toBe(5);
  });

  it.each([0, FOR_EVER])('ends at once for positions that the log ends before (%i ms)', async (withinMs) => {
    make();
    findUnknown = async (positions) => positions.filter(({ partition }) => partition === 1);
    expect(await passed([at(0, 0), at(1, 9)], withinMs)).toEqual({
      status: 'unknown',
      positions: [at(1, 9)],
    });
    expect((await passed([at(0, 0)], 0)).status).toBe('behind');
  });

  it('ends at the stop, and leaves nothing open', async () => {
    await makeListening();
    const wait = passed([at(0, 0)]);
    await seated();
    waits.beforeApplicationShutdown();
    await notices.onApplicationShutdown();
    expect(await wait).toEqual({ status: 'stopping' });
    expect(await passed([at(0, 0)])).toEqual({ status: 'stopping' });
    while ((await listeners()).length > 0) await sleep(10);
  });

  it('fails with the database, and goes on when it is back', async () => {
    make({ lookEveryMs: 20 });
    const wait = passed([at(0, 0)]);
    await seated();
    isAway = true;
    await expect(wait).rejects.toThrow('away');
    await expect(passed([at(0, 0)])).rejects.toThrow('away');
    isAway = false;
    const another = passed([at(0, 0)]);
    await advance(0, 0, 1);
    expect(await another).toEqual({ status: 'passed' });
  });

  it('goes on without a server to listen to', async () => {
    make({ url: 'postgresql://127.0.0.1:1/none', lookEveryMs: 20 });
    notices.onApplicationBootstrap();
    const wait = passed([at(0, 0)]);
    await seated();
    await advance(0, 0, 1);
    expect(await wait).toEqual({ status: 'passed' });
  });
});
