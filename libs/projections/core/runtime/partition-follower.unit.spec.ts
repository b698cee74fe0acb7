import { type EventBatch, systemClock } from '#libs/kernel';
import { deferred, until } from '#libs/kernel/testing';
import type { LoggedEvent } from '#libs/contracts';
import { PartitionFollower } from './partition-follower.js';
import type { ProjectionFault, CheckpointState } from './projection-store.js';

const PLACE = { topic: 'orders', partition: 0 };

interface Given {
  readonly liveBuild?: () => Promise<number | undefined>;
  readonly poison?: number;
}

/** A log in which every offset holds an event, and a store that can be told to be away. */
function setUp({ liveBuild = async () => 1, poison = -1 }: Given = {}) {
  const standing = { nextOffset: 0, fault: undefined as ProjectionFault | undefined };
  const rows: number[] = [];
  const failures: string[] = [];
  const stops: number[] = [];
  let end = 0;
  let away = false;
  let hold: Promise<void> = Promise.resolve();
  const batch = (first: number, next: number): EventBatch<LoggedEvent> => ({
    ...PLACE,
    first,
    next,
    events: Array.from({ length: next - first }, (_, index) => ({
      position: { ...PLACE, offset: first + index },
    })) as never,
  });
  const follower = new PartitionFollower<number[]>(
    {
      projection: {
        name: 'test',
        version: 1,
        topics: [PLACE.topic],
        tables: [],
        write: async (transaction, events) => {
          for (const { position } of events) {
            if (position.offset === poison) throw new Error('poison');
            transaction.push(position.offset);
          }
        },
      },
      store: {
        loadCheckpoint: async (): Promise<CheckpointState> => ({ ...standing, skipped: [], hasGaps: false }),
        advance: async ([move], write) => {
          if (away) throw new Error('away');
          expect(standing.nextOffset).toBe(move?.from);
          const added: number[] = [];
          await write(added);
          rows.push(...added);
          standing.nextOffset = move?.to ?? 0;
        },
        stop: async (_, __, fault) => {
          standing.fault = fault;
        },
        isOutage: (error) => (error as Error).message === 'away',
      },
      log: {
        hasGaps: () => false,
        fetch: async ({ offset }) => {
          await hold;
          return batch(offset, Math.min(end, offset + 1_000));
        },
      },
      liveBuild,
      progressed: () => {},
      stopped: ({ offset }) => stops.push(offset),
      failed: ({ message }) => failures.push(message),
      clock: { ...systemClock, sleep: () => systemClock.sleep(1) },
    },
    PLACE,
  );
  return {
    follower,
    standing,
    rows,
    failures,
    stops,
    /** The log grows, and a consumer offers what is new. */
    grow: (to: number) => {
      const from = end;
      end = to;
      return follower.offer(batch(from, to));
    },
    setAway: (value: boolean) => (away = value),
    holdReads: () => {
      const held = deferred();
      hold = held.promise;
      return held.resolve;
    },
  };
}

const upTo = (end: number) => Array.from({ length: end }, (_, offset) => offset);

describe('a follower of a partition', () => {
  it('takes what comes', async () => {
    const { follower, rows, grow } = setUp();
    await follower.open();
    await grow(3);
    await grow(5);
    expect([rows, follower.lag]).toEqual([upTo(5), 0]);
  });

  it('catches up by itself over a large gap, while what comes waits for nobody', async () => {
    const { follower, standing, rows, grow, holdReads } = setUp();
    await follower.open();
    const release = holdReads();
    await grow(20_000);
    // Offered behind a gap that is too large to be read at once.
    standing.nextOffset = 0;
    await follower.open();
    rows.length = 0;
    await follower.offer({ ...PLACE, first: 20_000, next: 20_000, events: [] });
    await grow(20_010);
    expect([rows.length, follower.lag]).toEqual([0, 20_010]);
    release();
    await follower.close();
    expect(rows.length % 1_000).toBe(0);
  });

  it('tries again what failed while it caught up', async () => {
    const { follower, rows, failures, setAway, grow, standing } = setUp();
    await follower.open();
    await grow(10);
    standing.nextOffset = 0;
    rows.length = 0;
    await follower.open();
    setAway(true);
    follower.catchUp(10);
    await until(() => failures.length >= 3);
    setAway(false);
    await until(() => follower.lag === 0);
    expect(rows).toEqual(upTo(10));
  });

  it('stops at what it cannot take, and goes on once that is mended', async () => {
    const { follower, rows, stops, grow, standing } = setUp({ poison: 2 });
    await follower.open();
    await grow(4);
    await grow(6);
    expect([rows, stops, follower.fault?.offset, follower.lag]).toEqual([[0, 1], [2], 2, 4]);
    standing.fault = undefined;
    standing.nextOffset = 3;
    await follower.open();
    follower.catchUp(0);
    await until(() => follower.lag === 0);
    expect(rows).toEqual([0, 1, 3, 4, 5]);
  });

  it('leaves a build of another version alone', async () => {
    const builds: number[] = [];
    const { follower, rows, grow } = setUp({ liveBuild: async () => builds.at(-1) });
    await follower.open();
    await grow(3);
    expect([rows, follower.next]).toEqual([[], undefined]);
    builds.push(2);
    await follower.open();
    await grow(4);
    expect([rows, follower.build]).toEqual([upTo(4), 2]);
  });
});
