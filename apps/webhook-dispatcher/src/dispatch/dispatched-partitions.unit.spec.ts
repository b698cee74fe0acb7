import {
  AttemptSlots,
  type CursorState,
  DEFAULT_DISPATCH_LIMITS,
  type DispatchPorts,
  type RevisedSubscription,
  systemTimers,
} from '#libs/dispatching';
import type { RecordedEvent } from '#libs/kernel';
import { someOrderEvent } from '#libs/testing';
import { DispatchedPartitions } from './dispatched-partitions.js';

const SUBSCRIPTION: RevisedSubscription = {
  subscriptionId: 'sub',
  revision: 1,
  tenant: 'tenant',
  callbackUrl: 'https://example.com/',
  eventTypes: ['*'],
  secrets: [],
  status: 'active',
  retry: { maxAttempts: 1, initialDelayMs: 1, maxDelayMs: 1, timeoutMs: 100 },
  startFrom: 'now',
};

const at = (partition: number, offset: number): RecordedEvent => ({
  ...someOrderEvent(`order-${offset}`, 1),
  position: { topic: 'orders', partition, offset },
});

const until = async (condition: () => boolean) => {
  for (let tries = 0; tries < 200 && !condition(); tries++) await systemTimers.sleep(10);
  expect(condition()).toBe(true);
};

class Rig {
  end = 7;
  readonly delivered: number[] = [];
  readonly owners: string[] = [];
  readonly cursors = new Map<number, CursorState>();
  deliver: () => Promise<void> = async () => undefined;
  readonly #ports: DispatchPorts = {
    source: { read: async ({ offset }) => ({ events: [], next: offset }) },
    client: {
      attempt: async ({ event }) => {
        await this.deliver();
        this.delivered.push(event.position.offset);
        return { outcome: 'delivered', status: 200 };
      },
    },
    cursors: {
      claim: async ({ owner, partition }) => {
        this.owners.push(owner);
        const state = this.cursors.get(partition) ?? {
          watermark: this.end,
          finished: [],
          previousEventId: null,
        };
        return new Map([['sub', { state, hasParked: false }]]);
      },
      save: async ({ partition }, states) => {
        for (const state of states.values()) this.cursors.set(partition, state);
        return [];
      },
    },
    parked: { firstOffsets: async () => new Map(), park: async () => true },
    observer: {
      attempted: () => undefined,
      parked: () => undefined,
      lost: () => undefined,
      failed: () => undefined,
      crashed: (_, __, error) => {
        throw error;
      },
    },
    slots: new AttemptSlots(4),
    timers: systemTimers,
    random: () => 0,
  };
  readonly partitions = new DispatchedPartitions(
    async () => [{ topic: 'orders', partition: 3, offset: this.end }],
    this.#ports,
    DEFAULT_DISPATCH_LIMITS,
  );
}

describe('dispatched partitions', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig();
    rig.partitions.reconcile([SUBSCRIPTION]);
  });
  afterEach(() => rig.partitions.revoked('orders', 3));

  it('read on at the end of the log, and feed what comes to the subscriptions that are known', async () => {
    expect(await rig.partitions.assigned('orders', 3)).toBe(7);
    rig.partitions.append('orders', 3, { first: 7, events: [at(3, 7)], next: 8 });
    rig.partitions.append('orders', 4, { first: 1, events: [at(4, 1)], next: 2 });
    await until(() => rig.delivered.length > 0);
    expect(rig.delivered).toEqual([7]);
  });

  it('say so where there is no such partition', async () => {
    await expect(rig.partitions.assigned('orders', 9)).rejects.toThrow('orders/9');
  });

  it('keep their feeds when they are assigned once more', async () => {
    await rig.partitions.assigned('orders', 3);
    await until(() => rig.partitions.lags().length === 1);
    rig.end = 9;
    expect(await rig.partitions.assigned('orders', 3)).toBe(9);
    expect(rig.owners).toHaveLength(1);
  });

  it('save at a revocation, and begin with another owner after it', async () => {
    await rig.partitions.assigned('orders', 3);
    let inFlight = false;
    rig.deliver = () => {
      inFlight = true;
      return systemTimers.sleep(100);
    };
    rig.partitions.append('orders', 3, { first: 7, events: [at(3, 7)], next: 8 });
    await until(() => inFlight);
    const revoked = rig.partitions.revoked('orders', 3);
    rig.end = 8;
    const assigned = rig.partitions.assigned('orders', 3);
    await revoked;
    expect(rig.cursors.get(3)).toMatchObject({ watermark: 8 });
    await assigned;
    await until(() => rig.partitions.lags().length === 1);
    expect(new Set(rig.owners).size).toBe(2);
    expect(rig.delivered).toEqual([7]);
  });
});
