import type { LoggedEvent } from '#libs/contracts';
import { type Clock, systemClock } from '#libs/kernel';
import { InMemoryProjectionStore } from '../../testing/in-memory-projection-store.fixture.js';
import { GroupCommit } from './group-commit.js';
import type { PartitionStep } from './partition-step.js';
import type { Projection, StepContext } from './projection.js';
import { StaleCheckpointError } from './projection-store.js';
import { WaitingReaders } from './waiting-readers.js';

const GATHER_MS = 50;

/** Time passes when the test says so. */
class SteppedClock implements Clock {
  #now = 1_000;
  #timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  readonly now = () => this.#now;
  readonly monotonic = () => this.#now;
  readonly every = systemClock.every;
  readonly sleep = systemClock.sleep;

  after(ms: number, ring: () => void): () => void {
    const timer = { at: this.#now + ms, ring };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.ring();
    }
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
}

interface Write extends StepContext {
  readonly events: readonly string[];
}

interface Given {
  readonly acrossPartitions?: boolean;
  readonly maxEvents?: number;
}

function setUp({ acrossPartitions = true, maxEvents = 500 }: Given = {}) {
  const store = new InMemoryProjectionStore<string>();
  const clock = new SteppedClock();
  const readers = new WaitingReaders();
  const writes: Write[] = [];
  const bad = new Set<string>();
  const projection: Projection<string[]> = {
    name: 'test',
    version: 1,
    topics: ['orders'],
    tables: [],
    ...(acrossPartitions && { acrossPartitions }),
    write: async (rows, events, { hasGaps }) => {
      const written = events.map(({ position }) => `${position.partition}@${position.offset}`);
      writes.push({ events: written, hasGaps });
      for (const each of written) if (bad.has(each)) throw new Error(`bad: ${each}`);
      rows.push(...written);
    },
  };
  const commits = new GroupCommit({ projection, store, readers, clock, gatherMs: GATHER_MS, maxEvents });
  /** What became of each step that has ended. */
  const outcomes: string[] = [];
  const apply = (partition: number, from: number, count = 1, given: Partial<PartitionStep> = {}): void => {
    const at = { projection: 'test', build: 1, topic: 'orders', partition, ...given };
    store.at(at);
    const events = Array.from({ length: count }, (_, index) => ({
      position: { topic: 'orders', partition, offset: from + index },
    })) as unknown as LoggedEvent[];
    void commits.apply({ ...at, from, to: from + count, events, hasGaps: false, ...given }).then(
      () => outcomes.push(`${partition}@${from}`),
      (error: Error) => outcomes.push(`${partition}@${from} ${error.name}`),
    );
  };
  /** The partitions of each transaction. */
  const transactions = () => store.transactions.map((moves) => moves.map(({ partition }) => partition));
  return { store, clock, readers, writes, bad, commits, outcomes, apply, transactions };
}

describe('a group commit', () => {
  it('commits what comes together in one transaction, at once after a quiet while', async () => {
    const { apply, transactions, writes, outcomes } = setUp();
    apply(0, 0, 2);
    apply(1, 0);
    apply(2, 0);
    await turns();
    expect(transactions()).toEqual([[0, 1, 2]]);
    expect(writes).toEqual([{ events: ['0@0', '0@1', '1@0', '2@0'], hasGaps: false }]);
    expect(outcomes).toEqual(['0@0', '1@0', '2@0']);
  });

  it('begins the next transaction a gather time after the last one began, and none when nothing comes', async () => {
    const { apply, transactions, clock } = setUp();
    apply(0, 0);
    await turns();
    await clock.pass(20);
    apply(0, 1);
    await turns();
    await clock.pass(10);
    apply(1, 0);
    await clock.pass(19);
    expect(transactions()).toEqual([[0]]);
    await clock.pass(1);
    expect(transactions()).toEqual([[0], [0, 1]]);
    await clock.pass(GATHER_MS);
    apply(2, 0);
    await turns();
    expect(transactions()).toEqual([[0], [0, 1], [2]]);
  });

  it('gathers while a transaction is under way', async () => {
    const { apply, transactions, store, clock } = setUp();
    let commit = (): void => undefined;
    store.meanwhile = () => new Promise((resolve) => (commit = resolve));
    apply(0, 0);
    await turns();
    for (const partition of [1, 2]) apply(partition, 0);
    await clock.pass(10 * GATHER_MS);
    expect(transactions()).toEqual([[0]]);
    commit();
    await turns();
    expect(transactions()).toEqual([[0], [1, 2]]);
  });

  it('begins at once with many events, also beside another transaction, but only four at a time', async () => {
    const { apply, transactions, store } = setUp();
    const commits: (() => void)[] = [];
    store.meanwhile = () => new Promise((resolve) => commits.push(resolve));
    for (const partition of [0, 1, 2, 3, 4, 5]) {
      apply(partition, 0, 400);
      await turns();
    }
    expect(transactions()).toEqual([[0], [1], [2], [3]]);
    commits[1]?.();
    await turns();
    expect(transactions()).toEqual([[0], [1], [2], [3], [4]]);
  });

  it('does not wait for more than a hundred events', async () => {
    const { apply, transactions } = setUp();
    apply(0, 0);
    await turns();
    apply(1, 0, 60);
    await turns();
    apply(2, 0, 39);
    await turns();
    expect(transactions()).toEqual([[0]]);
    apply(3, 0, 1);
    await turns();
    expect(transactions()).toEqual([[0], [1, 2, 3]]);
  });

  it('does not make a reader wait, one that comes or one that is there', async () => {
    const { apply, transactions, readers } = setUp();
    apply(0, 0);
    await turns();
    apply(0, 1);
    await turns();
    const leaveOther = readers.add('another');
    await turns();
    expect(transactions()).toEqual([[0]]);
    const leave = readers.add('test');
    await turns();
    expect(transactions()).toEqual([[0], [0]]);
    apply(0, 2);
    await turns();
    expect(transactions()).toHaveLength(3);
    leave();
    leaveOther();
    apply(0, 3);
    await turns();
    expect(transactions()).toHaveLength(3);
  });

  it('keeps a transaction within its events, in order of arrival, unless one step has more', async () => {
    const { apply, transactions, clock } = setUp({ maxEvents: 4 });
    apply(0, 0, 3);
    apply(1, 0, 2);
    apply(2, 0, 1);
    apply(3, 0, 9);
    await clock.pass(0);
    await clock.pass(GATHER_MS);
    await clock.pass(GATHER_MS);
    expect(transactions()).toEqual([[0, 2], [1], [3]]);
  });

  it('isolates a stale partition: the others are applied', async () => {
    const { apply, store, outcomes, transactions } = setUp();
    apply(0, 0);
    apply(1, 5);
    apply(2, 0);
    await turns();
    expect(outcomes).toEqual(['0@0', '1@5 StaleCheckpointError', '2@0']);
    expect(store.rows).toEqual(['0@0', '2@0']);
    expect(transactions()).toEqual([[0, 1, 2], [0], [1], [2]]);
  });

  it('isolates a bad event: the others are applied', async () => {
    const { apply, store, outcomes, bad } = setUp();
    bad.add('1@0');
    for (const partition of [0, 1, 2]) apply(partition, 0);
    await turns();
    expect(outcomes).toEqual(['0@0', '1@0 Error', '2@0']);
    expect(store.rows).toEqual(['0@0', '2@0']);
  });

  it('tells all of an outage, and tries nothing again by itself', async () => {
    const { apply, store, outcomes, transactions } = setUp();
    store.failures = ['before'];
    for (const partition of [0, 1]) apply(partition, 0);
    await turns();
    expect(outcomes).toEqual(['0@0 Error', '1@0 Error']);
    expect(transactions()).toEqual([[0, 1]]);
    apply(0, 0);
    await turns();
    expect(store.rows).toEqual([]);
  });

  it('takes builds apart', async () => {
    const { apply, transactions, clock } = setUp();
    apply(0, 0);
    apply(1, 0, 1, { build: 2 });
    apply(2, 0);
    await turns();
    await clock.pass(GATHER_MS);
    expect(transactions()).toEqual([[0, 2], [1]]);
  });

  it('writes partitions with gaps apart from the others, in the same transaction', async () => {
    const { apply, transactions, writes } = setUp();
    apply(0, 0);
    apply(1, 0, 1, { hasGaps: true });
    apply(2, 0);
    apply(3, 0, 0);
    await turns();
    expect(transactions()).toEqual([[0, 1, 2, 3]]);
    expect(writes).toEqual([
      { events: ['0@0', '2@0'], hasGaps: false },
      { events: ['1@0'], hasGaps: true },
    ]);
  });

  it('writes each partition by itself for a projection that takes one at a time', async () => {
    const { apply, transactions, writes } = setUp({ acrossPartitions: false });
    apply(0, 0, 2);
    apply(1, 0);
    await turns();
    expect(transactions()).toEqual([[0, 1]]);
    expect(writes.map(({ events }) => events)).toEqual([['0@0', '0@1'], ['1@0']]);
  });

  it('gives back the error of the step itself', async () => {
    const { commits } = setUp();
    const at = { projection: 'test', build: 1, topic: 'orders', partition: 0 };
    const stale = commits.apply({ ...at, from: 3, to: 4, events: [], hasGaps: false });
    await expect(stale).rejects.toBeInstanceOf(StaleCheckpointError);
  });
});
