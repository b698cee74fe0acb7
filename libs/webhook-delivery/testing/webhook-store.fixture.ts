import type { ParkedDelivery } from '../core/ports.js';
import { ClaimedPartition, parkedAt, laneOf } from './conformance/store-under-test.js';
import { newId } from '#libs/kernel';
import { makeDatabase, type TestDatabase } from '#libs/testing';
import { makePrisma, type PooledPrisma } from '#libs/postgres';
import { PostgresDispatchStore } from '../postgres/dispatch-store.js';

const unused = () => Promise.reject(new Error('people use the repositories here'));

/** A database with the rows that a dispatcher writes. */
export class WebhookStore {
  constructor(
    private readonly database: TestDatabase,
    readonly prisma: PooledPrisma,
  ) {}

  static async open(): Promise<WebhookStore> {
    const database = await makeDatabase();
    return new WebhookStore(database, makePrisma({ url: database.url, poolSize: 5, timeoutMs: 5_000 }));
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.database.drop();
  }

  async empty(): Promise<void> {
    await this.prisma.$executeRaw`
      truncate webhook_partition, webhook_cursor, webhook_lane, webhook_parked_delivery, webhook_subscription, webhook_replay,
        webhook_attempt, webhook_tally, webhook_skip`;
  }

  /** A partition of topic orders that a dispatcher has claimed. */
  async partition(partition = 0): Promise<ClaimedPartition> {
    const store = new PostgresDispatchStore(this.prisma);
    const claimed = new ClaimedPartition(
      { store, redrive: unused, skip: unused },
      { topic: 'orders', partition, owner: newId() },
    );
    await claimed.take();
    return claimed;
  }

  async subscribe(
    given: {
      subscriptionId?: string;
      tenant?: string;
      status?: string;
      revision?: number;
      state?: object;
    } = {},
  ): Promise<string> {
    const { subscriptionId = newId(), tenant = 'acme', status = 'active', revision = 1, state = {} } = given;
    const now = new Date();
    const row = { tenant, status, revision, version: 1, createdAt: now, updatedAt: now, state };
    await this.prisma.webhookSubscription.upsert({
      where: { subscriptionId },
      create: { subscriptionId, ...row },
      update: row,
    });
    return subscriptionId;
  }
}

/** Saves a lane whose first delivery is a dead letter, with the others parked behind it. */
export async function die(
  partition: ClaimedPartition,
  feedId: string,
  lane: string,
  offsets: readonly [number, ...number[]],
  given: Parameters<typeof laneOf>[3] = {},
): Promise<ParkedDelivery[]> {
  const parked = offsets.map((offset) => parkedAt(feedId, lane, offset));
  await partition.save({ parked, lanes: [laneOf(feedId, lane, offsets[0], { attempts: 20, ...given })] });
  return parked;
}
