import { TenantShares, topicPartitionKey } from '#libs/kernel';
import { feedOf, retrying } from '../../testing/dispatch-harness.fixture.js';
import { FakeClock } from '../../testing/fake-clock.fixture.js';
import { InMemoryOrders } from '../../testing/in-memory-orders.fixture.js';
import { ManyPartitions } from '../../testing/many-partitions.fixture.js';
import { DELIVERED, failed, ScriptedClient } from '../../testing/scripted-client.fixture.js';
import { DEFAULT_DISPATCH_LIMITS, type DispatchLimits, type DispatchPorts } from '../dispatch-limits.js';
import { EndpointLimiters } from '../lanes/endpoint-limiter.js';
import type { DispatchStore, Feed } from '../ports.js';
import { DispatchedPartitions } from './partition-dispatcher.js';

type Calls = Partial<Record<keyof DispatchStore, number>>;

/** A process with many partitions. */
class Process {
  readonly clock = new FakeClock();
  readonly store = new ManyPartitions(() => this.clock.now());
  readonly client = new ScriptedClient(this.clock);
  readonly told: string[] = [];
  /** Partitions of each statement that saves several. */
  readonly together: number[][] = [];
  readonly logs: readonly InMemoryOrders[];
  readonly partitions: DispatchedPartitions;
  #calls: Calls = {};

  constructor(count: number, limits: Partial<DispatchLimits> = {}) {
    this.logs = Array.from({ length: count }, (_, partition) => new InMemoryOrders('orders', partition));
    const { clock, client, told } = this;
    const ports: DispatchPorts = {
      log: { fetch: (from) => this.log(from.partition).fetch(from) },
      client,
      store: this.#counting(),
      observer: {
        attempted: () => undefined,
        lookedAt: () => undefined,
        counted: () => undefined,
        lost: ({ partition }) => told.push(`lost ${partition}`),
        failed: (stage, { partition }) => told.push(`${stage} ${partition}`),
        crashed: (_, __, error) => told.push(`crashed: ${error.stack}`),
      },
      limiters: new EndpointLimiters(clock),
      budget: new TenantShares(10_000),
      clock,
      random: () => 0.5,
    };
    this.partitions = new DispatchedPartitions(
      {
        endOffsets: async () =>
          this.logs.map(({ topic, partition, end: offset }) => ({ topic, partition, offset })),
      },
      ports,
      { ...DEFAULT_DISPATCH_LIMITS, ...limits },
    );
  }

  /** Calls of the store since the last time. */
  calls(): Calls {
    const calls = this.#calls;
    this.#calls = {};
    this.together.length = 0;
    return calls;
  }

  log(partition: number): InMemoryOrders {
    const log = this.logs[partition];
    if (!log) throw new Error(`there is no partition ${partition}`);
    return log;
  }

  async begin(...feeds: readonly Feed[]): Promise<void> {
    this.partitions.reconcile(new Map(feeds.map((feed) => [feed.feedId, feed])));
    await Promise.all(this.logs.map((at) => this.partitions.assigned(at)));
    await this.clock.advance(6_000);
    this.calls();
  }

  publish(partition: number, ...streams: string[]): void {
    const log = this.log(partition);
    const first = log.end;
    this.partitions.append(
      log.batch(
        first,
        streams.map((stream) => log.append(stream)),
      ),
    );
  }

  async stop(): Promise<void> {
    const stopped = Promise.all(this.logs.map((at) => this.partitions.revoked(at)));
    await this.clock.advance(10_000);
    await stopped;
  }

  watermark(partition: number, feedId = 'sub-1'): number | undefined {
    return this.store.of(this.log(partition)).cursor(feedId)?.watermark;
  }

  /** Calls pass through `store`, whose methods a test may replace. */
  #counting(): DispatchStore {
    return new Proxy<DispatchStore>(this.store, {
      get: (target, name: keyof DispatchStore) => {
        return (...given: unknown[]): unknown => {
          this.#calls[name] = (this.#calls[name] ?? 0) + 1;
          if (name === 'saveCursors')
            this.together.push(
              (given[0] as { claim: { partition: number } }[]).map(({ claim }) => claim.partition),
            );
          return Reflect.apply(target[name], target, given);
        };
      },
    });
  }
}

describe('the partitions of a process', () => {
  it('share a timer for saves and one for due lanes, and idle ones cost no more than their look', async () => {
    const process = new Process(84);
    await process.begin(feedOf());
    await process.clock.advance(20_000);
    process.calls();
    await process.clock.advance(10_000);
    expect(process.calls()).toEqual({ withRetries: 20 });
    expect(process.clock.pending).toBe(2);
    await process.stop();
    expect(process.clock.pending).toBe(0);
    expect(process.told).toEqual([]);
  });

  it('save their cursors in one statement for each interval, without those that have nothing to save', async () => {
    const process = new Process(12);
    await process.begin(feedOf());
    for (const partition of [1, 4, 7]) process.publish(partition, 'a', 'b');
    await process.clock.advance(150);
    expect(process.together).toEqual([[1, 4, 7]]);
    expect([1, 4, 7].map((partition) => process.watermark(partition))).toEqual([2, 2, 2]);
    process.publish(4, 'c');
    await process.clock.advance(150);
    expect(process.together).toEqual([[1, 4, 7], [4]]);
    await process.clock.advance(1_000);
    const { save, saveCursors } = process.calls();
    expect({ save, saveCursors }).toEqual({ save: undefined, saveCursors: 2 });
    await process.stop();
  });

  it('save their scanned offsets together when nothing is owed to anybody', async () => {
    const process = new Process(12);
    await process.begin(feedOf({}, { rules: [{ from: {}, eventTypes: ['order.shipped'], filter: null }] }));
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.advance(5_200);
    expect(process.together).toEqual([process.logs.map(({ partition }) => partition)]);
    for (const log of process.logs) expect(process.store.of(log).kept?.rest).toBe(1);
    await process.clock.advance(60_000);
    expect(process.together).toHaveLength(1);
    await process.stop();
  });

  it('save no more than so much in one statement', async () => {
    const process = new Process(3);
    const feeds = Array.from({ length: 900 }, (_, nth) => feedOf({ subscriptionId: `sub-${nth}` }));
    await process.begin(...feeds);
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.advance(150);
    expect(process.together).toEqual([[0, 1], [2]]);
    expect(process.logs.map(({ partition }) => process.watermark(partition, 'sub-899'))).toEqual([1, 1, 1]);
    await process.stop();
  });

  it('do not wait for one that is locked, which is saved by itself and never twice at once', async () => {
    const process = new Process(3);
    await process.begin(feedOf());
    const { save, saveCursors } = process.store;
    let isLocked = true;
    let most = 0;
    let open = 0;
    process.store.saveCursors = async (saves) =>
      saveCursors.call(
        process.store,
        saves.filter(({ claim }) => !isLocked || claim.partition !== 1),
      );
    process.store.save = async (claim, changes) => {
      most = Math.max(most, ++open);
      await process.clock.until(() => !isLocked);
      open--;
      return save(claim, changes);
    };
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.advance(150);
    expect(process.together).toEqual([[0, 1, 2]]);
    for (const { partition } of process.logs) process.publish(partition, 'b');
    await process.clock.advance(600);
    expect(process.together).toEqual([
      [0, 1, 2],
      [0, 2],
    ]);
    expect([0, 1, 2].map((partition) => process.watermark(partition))).toEqual([2, 0, 2]);
    isLocked = false;
    await process.clock.advance(400);
    expect([0, 1, 2].map((partition) => process.watermark(partition))).toEqual([2, 2, 2]);
    expect(most).toBe(1);
    expect(process.told).toEqual([]);
    await process.stop();
  });

  it('lose only the one that another dispatcher has taken over', async () => {
    const process = new Process(3);
    await process.begin(feedOf());
    await process.store.claim({ topic: 'orders', partition: 1, owner: 'other' }, 0);
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.advance(200);
    expect(process.told).toEqual(['lost 1']);
    expect([0, 1, 2].map((partition) => process.watermark(partition))).toEqual([1, 0, 1]);
    process.calls();
    process.publish(2, 'a');
    await process.clock.advance(200);
    expect(process.together).toEqual([[2]]);
    await process.stop();
  });

  it('save again after an outage, with a later number', async () => {
    const process = new Process(2);
    await process.begin(feedOf());
    const { saveCursors } = process.store;
    const numbers: number[] = [];
    let isDown = true;
    process.store.saveCursors = async (saves) => {
      numbers.push(...saves.map(({ changes }) => changes.number));
      // It was done, but the answer is lost.
      const saved = await saveCursors.call(process.store, saves);
      if (isDown) throw new Error('it does not answer');
      return saved;
    };
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.advance(150);
    expect(process.told).toEqual(['save 0', 'save 1']);
    isDown = false;
    await process.clock.advance(150);
    const [first = 0, second = 0, ...again] = numbers;
    expect(again).toEqual([first + 1, second + 1]);
    await process.clock.advance(1_000);
    expect(process.told).toHaveLength(2);
    expect(numbers).toHaveLength(4);
    await process.stop();
  });

  it('save lanes by themselves, and what others have to save together', async () => {
    const process = new Process(3);
    await process.begin(feedOf(retrying({ maxAttempts: 1 })));
    process.client.answer = ({ events: [{ metadata }] }) =>
      metadata.streamId === 'bad' ? failed(500) : DELIVERED;
    process.publish(0, 'a');
    process.publish(1, 'bad');
    process.publish(2, 'a');
    await process.clock.advance(150);
    expect(process.together).toEqual([[0, 2]]);
    expect(process.calls().save).toBe(1);
    expect(process.store.of(process.log(1)).parkedOf()).toHaveLength(1);
    await process.stop();
  });

  it('save what they have together when all stop', async () => {
    const process = new Process(12);
    await process.begin(feedOf());
    for (const { partition } of process.logs) process.publish(partition, 'a');
    await process.clock.runPending();
    await process.stop();
    expect(process.together).toEqual([process.logs.map(({ partition }) => partition)]);
    expect(process.logs.map(({ partition }) => process.watermark(partition))).toEqual(Array(12).fill(1));
  });
});

describe('a look for due lanes', () => {
  /** Partition 1 has a dead letter. */
  async function withDeadLetter() {
    const process = new Process(4);
    await process.begin(feedOf(retrying({ maxAttempts: 1 })));
    process.client.answer = () => failed(500);
    process.publish(1, 'bad');
    await process.clock.advance(5_000);
    process.client.answer = () => DELIVERED;
    process.calls();
    return process;
  }

  it('goes only to partitions with a retry, and finds what was redriven in time', async () => {
    const process = await withDeadLetter();
    await process.clock.advance(5_000);
    expect(process.calls()).toEqual({ withRetries: 10 });
    process.store.of(process.log(1)).redrive('sub-1');
    await process.clock.advance(DEFAULT_DISPATCH_LIMITS.lookEveryMs);
    expect(process.client.delivered()).toEqual(['event-0']);
    expect(process.calls().dueLanes).toBe(1);
    await process.clock.advance(5_000);
    expect(process.calls()).toEqual({ withRetries: 10 });
    await process.stop();
  });

  it('that fails is reported for each partition and repeated', async () => {
    const process = await withDeadLetter();
    const { withRetries } = process.store;
    process.store.withRetries = () => Promise.reject(new Error('it does not answer'));
    await process.clock.advance(500);
    expect(process.told).toEqual(process.logs.map(({ partition }) => `lanes ${partition}`));
    process.store.withRetries = withRetries;
    process.store.of(process.log(1)).redrive('sub-1');
    await process.clock.advance(500);
    expect(process.client.delivered()).toEqual(['event-0']);
    await process.stop();
  });

  it('that hangs in one partition delays no other, and is not repeated meanwhile', async () => {
    const process = await withDeadLetter();
    const { dueLanes } = process.store;
    let looks = 0;
    process.store.dueLanes = async (...given) => {
      const [{ partition }] = given;
      if (partition === 2) looks++;
      if (partition === 2) await process.clock.sleep(3_600_000);
      return dueLanes.apply(process.store, given);
    };
    process.client.answer = () => failed(500);
    process.publish(2, 'bad');
    await process.clock.advance(1_000);
    process.client.answer = () => DELIVERED;
    for (const partition of [1, 2]) process.store.of(process.log(partition)).redrive('sub-1');
    await process.clock.advance(5_000);
    expect(process.client.delivered()).toHaveLength(1);
    expect(looks).toBe(1);
    await process.stop();
  });

  it('waits for the one before', async () => {
    const process = await withDeadLetter();
    const { withRetries } = process.store;
    process.store.withRetries = async (claims) => {
      await process.clock.sleep(1_200);
      return withRetries.call(process.store, claims);
    };
    await process.clock.advance(6_000);
    expect(process.calls().withRetries).toBe(4);
    await process.stop();
  });
});

describe('a partition that begins', () => {
  it('looks for due lanes at once', async () => {
    const process = new Process(2);
    await process.begin(feedOf(retrying({ maxAttempts: 1 })));
    process.client.answer = () => failed(500);
    process.publish(1, 'bad');
    await process.clock.advance(1_000);
    process.client.answer = () => DELIVERED;
    await process.stop();
    process.store.of(process.log(1)).redrive('sub-1');
    await Promise.all(process.logs.map((at) => process.partitions.assigned(at)));
    await process.clock.advance(10);
    expect(process.client.delivered().map((id) => [id, topicPartitionKey(process.log(1))])).toEqual([
      ['event-0', 'orders/1'],
    ]);
    await process.stop();
  });
});
