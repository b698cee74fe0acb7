import { DEFAULT_DISPATCH_LIMITS, type DispatchPorts } from '../dispatch-limits.js';
import { EndpointLimiters } from '../lanes/endpoint-limiter.js';
import type { Feed, SavedCursor } from '../ports.js';
import type { FeedNews } from '../feeds/feed-index.js';
import { type SizedEvent, systemClock, TenantShares } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { DispatchedPartitions } from './partition-dispatcher.js';
import { someFeed } from '../../testing/feed.fixture.js';

const FEED: Feed = someFeed({ start: { 'orders/3': 7 } });
const NEWS: FeedNews = new Map([[FEED.feedId, FEED]]);

const at = (partition: number, offset: number): SizedEvent => ({
  bytes: 1,
  ...someOrderEvent(`order-${offset}`, 1),
  position: { topic: 'orders', partition, offset },
});

const until = async (condition: () => boolean) => {
  for (let tries = 0; tries < 200 && !condition(); tries++) await systemClock.sleep(10);
  expect(condition()).toBe(true);
};

class Harness {
  end = 7;
  /** Another dispatcher has the partition. */
  isLost = false;
  losses = 0;
  readonly delivered: number[] = [];
  readonly owners: string[] = [];
  readonly cursors = new Map<number, SavedCursor>();
  deliver: () => Promise<void> = async () => undefined;
  readonly #ports: DispatchPorts = {
    log: { fetch: async ({ offset, ...at }) => ({ ...at, first: offset, next: offset, events: [] }) },
    client: {
      attempt: async ({ events: [event] }) => {
        await this.deliver();
        this.delivered.push(event.position.offset);
        return { outcome: 'delivered', status: 200 };
      },
    },
    store: {
      claim: async ({ owner }, end) => {
        this.owners.push(owner);
        return end;
      },
      pinOthers: async () => undefined,
      activeCursors: async ({ partition }, revisions) =>
        new Map(
          [...revisions.keys()].map((id) => {
            const cursor = this.cursors.get(partition);
            return [id, cursor ? { cursor, hasBlockedLanes: false } : null];
          }),
        ),
      cursorsOf: async () => new Map(),
      save: async ({ partition }, { cursors }) => {
        if (this.isLost) return false;
        for (const cursor of cursors.values()) this.cursors.set(partition, cursor);
        return true;
      },
      saveCursors: async (saves) => {
        if (this.isLost) return new Set();
        for (const { claim, changes } of saves)
          for (const cursor of changes.cursors.values()) this.cursors.set(claim.partition, cursor);
        return new Set(saves.map(({ claim }) => claim));
      },
      withRetries: async () => new Set(),
      blockedAmong: async () => new Set(),
      makeLanesDue: async () => undefined,
      dueLanes: async () => [],
      parkedDeliveries: async () => [],
    },
    observer: {
      attempted: () => undefined,
      lookedAt: () => undefined,
      counted: () => undefined,
      lost: () => {
        this.losses++;
      },
      failed: () => undefined,
      crashed: (_, __, error) => {
        throw error;
      },
    },
    limiters: new EndpointLimiters(systemClock),
    budget: new TenantShares(100),
    clock: systemClock,
    random: () => 0,
  };
  readonly partitions = new DispatchedPartitions(
    { endOffsets: async () => [{ topic: 'orders', partition: 3, offset: this.end }] },
    this.#ports,
    DEFAULT_DISPATCH_LIMITS,
  );
}

describe('dispatched partitions', () => {
  let harness: Harness;
  beforeEach(() => {
    harness = new Harness();
  });
  afterEach(() => harness.partitions.revoked({ topic: 'orders', partition: 3 }));

  it('read on at the end of the log, and feed what comes to the subscriptions that are known', async () => {
    harness.partitions.reconcile(NEWS);
    expect(await harness.partitions.assigned({ topic: 'orders', partition: 3 })).toBe(7);
    harness.partitions.append({ topic: 'orders', partition: 3, first: 7, events: [at(3, 7)], next: 8 });
    harness.partitions.append({ topic: 'orders', partition: 4, first: 1, events: [at(4, 1)], next: 2 });
    await until(() => harness.delivered.length > 0);
    expect(harness.delivered).toEqual([7]);
  });

  it('claim nothing before it is known which subscriptions there are', async () => {
    await harness.partitions.assigned({ topic: 'orders', partition: 3 });
    harness.partitions.append({ topic: 'orders', partition: 3, first: 7, events: [at(3, 7)], next: 8 });
    await systemClock.sleep(50);
    expect(harness.owners).toEqual([]);
    harness.partitions.reconcile(NEWS);
    await until(() => harness.delivered.length > 0);
    expect(harness.delivered).toEqual([7]);
  });

  it('say so where there is no such partition', async () => {
    await expect(harness.partitions.assigned({ topic: 'orders', partition: 9 })).rejects.toThrow('orders/9');
  });

  it('keep their feeds when they are assigned once more', async () => {
    harness.partitions.reconcile(NEWS);
    await harness.partitions.assigned({ topic: 'orders', partition: 3 });
    harness.partitions.append({ topic: 'orders', partition: 3, first: 7, events: [at(3, 7)], next: 8 });
    await until(() => harness.partitions.lags().length === 1);
    harness.end = 9;
    expect(await harness.partitions.assigned({ topic: 'orders', partition: 3 })).toBe(9);
    expect(harness.owners).toHaveLength(1);
  });

  it('save at a revocation, and begin with another owner after it', async () => {
    harness.partitions.reconcile(NEWS);
    await harness.partitions.assigned({ topic: 'orders', partition: 3 });
    let inFlight = false;
    harness.deliver = () => {
      inFlight = true;
      return systemClock.sleep(100);
    };
    harness.partitions.append({ topic: 'orders', partition: 3, first: 7, events: [at(3, 7)], next: 8 });
    await until(() => inFlight);
    const revoked = harness.partitions.revoked({ topic: 'orders', partition: 3 });
    harness.end = 8;
    const assigned = harness.partitions.assigned({ topic: 'orders', partition: 3 });
    await revoked;
    expect(harness.cursors.get(3)).toMatchObject({ watermark: 8 });
    await assigned;
    await until(() => harness.partitions.lags().length === 1);
    expect(new Set(harness.owners).size).toBe(2);
    expect(harness.delivered).toEqual([7]);
  });

  it('deliver nothing more when another has claimed the partition', async () => {
    harness.partitions.reconcile(NEWS);
    await harness.partitions.assigned({ topic: 'orders', partition: 3 });
    harness.isLost = true;
    harness.partitions.append({ topic: 'orders', partition: 3, first: 7, events: [at(3, 7)], next: 8 });
    await until(() => harness.losses === 1);
    harness.partitions.append({ topic: 'orders', partition: 3, first: 8, events: [at(3, 8)], next: 9 });
    await systemClock.sleep(50);
    expect(harness.delivered).toEqual([7]);
  });
});
