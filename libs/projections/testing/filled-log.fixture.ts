import type { LoggedEvent } from '#libs/contracts';
import { type StockEvent, stockStreamId } from '#libs/inventory';
import { type LogReader, newId } from '#libs/kernel';
import { PartitionProjection } from '../core/runtime/partition-projection.js';
import type { Projection } from '../core/runtime/projection.js';
import { type OrderEventToAppend, someMetadata, someOrderEvent } from '#libs/orders/testing';
import {
  someCreated,
  someSubscriptionEvent,
  someUpdated,
  type SubscriptionEventToAppend,
} from '#libs/webhooks/testing';
import { openLog, type TestLog } from '#libs/testing';
import type { PooledPrisma } from '#libs/postgres';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { OTHER_STREAMS } from './other-streams.fixture.js';
import { PostgresProjectionStore } from '../postgres/projection.store.js';

export type PostgresReadModel = Projection<PostgresTransaction>;

const PARTITIONS = 2;
const LIVES = [
  [],
  ['confirmed', 'shipped', 'delivered', 'completed'],
  ['cancelled'],
  ['confirmed', 'shipped'],
] as const;
const SKUS = ['tea', 'cup', 'a\0b', 'Ä "quoted", with, commas'];

/** Orders of two tenants that end in different states, grouped by version. */
function someOrders(count: number): OrderEventToAppend[][] {
  const ids = Array.from({ length: count }, newId);
  return [1, 2, 3, 4, 5].map((version) =>
    ids.flatMap((orderId, index) => {
      const life = LIVES[index % LIVES.length] ?? [];
      const occurredAt = `2026-01-0${version}T0${index % 10}:59:59.${String(index).padStart(3, '0')}Z`;
      const given = { occurredAt, tenant: index % 3 === 0 ? 'another' : 'tenant' };
      return version > life.length + 1 ? [] : [someOrderEvent(orderId, version, life[version - 2], given)];
    }),
  );
}

function someStock(): (StockEvent & Pick<OrderEventToAppend, 'metadata'>)[][] {
  const moves = [1, 2, 3].map((version) =>
    SKUS.map((sku, index) => {
      const orderId = `0197a2f0-0000-7000-8000-00000000000${index}`;
      const event: StockEvent =
        version === 2
          ? { type: 'stock.reserved', data: { sku, orderId, quantity: 2 } }
          : { type: 'stock.received', data: { sku, quantity: 5 + index } };
      return { ...event, metadata: someMetadata({ version, streamId: stockStreamId('tenant', sku) }) };
    }),
  );
  const thresholds = SKUS.slice(1).map((sku, lowAt) => ({
    type: 'stock.threshold-changed' as const,
    data: { sku, lowAt },
    metadata: someMetadata({ version: 4, streamId: stockStreamId('tenant', sku) }),
  }));
  return [...moves, thresholds];
}

/** Subscriptions, some of them changed and some deleted. */
function someSubscriptions(count = 30): SubscriptionEventToAppend[][] {
  const ids = Array.from({ length: count }, newId);
  const positions = { 'orders/0': 20, 'orders/1': 0 };
  const filter = '{"data.customer.id":["Zoë","\\"quoted\\", with commas"]}';
  const [changed, deleted] = [1, 2].map((remainder) => ids.filter((_, index) => index % 3 === remainder)) as [
    string[],
    string[],
  ];
  return [
    ids.map((subscriptionId) => someSubscriptionEvent(1, someCreated({ subscriptionId }))),
    changed.map((subscriptionId) =>
      someSubscriptionEvent(2, someUpdated(['filter'], { subscriptionId, positions, filter })),
    ),
    changed.map((subscriptionId) =>
      someSubscriptionEvent(3, { type: 'webhook.test', data: { subscriptionId } }),
    ),
    deleted.map((subscriptionId) =>
      someSubscriptionEvent(2, { type: 'webhook-subscription.deleted', data: { subscriptionId, positions } }),
    ),
  ];
}

const openTopic = async (topic: string) => [topic, await openLog(PARTITIONS)] as const;

/** Logs of orders, stock, subscriptions recorded acts, and all that fulfilment appends. */
export class FilledLogs {
  private constructor(
    readonly orders: TestLog,
    readonly stock: TestLog,
    readonly subscriptions: TestLog,
    /** By topic. */
    private readonly others: ReadonlyMap<string, TestLog>,
  ) {}

  static async open(orders = 60): Promise<FilledLogs> {
    const logs = new FilledLogs(
      await openLog(PARTITIONS),
      await openLog(PARTITIONS),
      await openLog(PARTITIONS),
      new Map(await Promise.all(Object.keys(OTHER_STREAMS).map(openTopic))),
    );
    await appendAll(logs.orders, someOrders(orders));
    await appendAll(logs.stock, someStock());
    await appendAll(logs.subscriptions, someSubscriptions());
    for (const [topic, log] of logs.others) await appendAll(log, OTHER_STREAMS[topic]?.() ?? []);
    return logs;
  }

  async close(): Promise<void> {
    const all = [this.orders, this.stock, this.subscriptions, ...this.others.values()];
    await Promise.all(all.map((log) => log.close()));
  }

  /** The read model, built from this test's topics. */
  of(readModel: PostgresReadModel): PostgresReadModel {
    return { ...readModel, topics: [this.#logOf(readModel).topic] };
  }

  readerOf(readModel: PostgresReadModel): LogReader<LoggedEvent> {
    return this.#logOf(readModel).log;
  }

  /** Brings a build to the end of the log, or to an offset, in many batches. @returns its checkpoints */
  async project(prisma: PooledPrisma, readModel: PostgresReadModel, build: number, end = Infinity) {
    const projection = this.of(readModel);
    const log = this.readerOf(readModel);
    const parts = { projection, store: new PostgresProjectionStore(prisma), log, fetchBytes: 2_000 };
    const places = await log.endOffsets(projection.topics);
    return Promise.all(
      places.map(async ({ topic, partition, offset }) => {
        const at = { topic, partition };
        const way = new PartitionProjection(parts, { projection: projection.name, build, ...at });
        await way.open();
        await way.catchUp(Math.min(end, offset));
        return { ...at, nextOffset: way.next };
      }),
    );
  }

  #logOf({ topics }: PostgresReadModel): TestLog {
    const isOf = (name: string, { topic }: TestLog) => topics.includes(name) || topics.includes(topic);
    if (isOf('inventory', this.stock)) return this.stock;
    if (isOf('webhooks', this.subscriptions)) return this.subscriptions;
    const other = [...this.others].find(([name, log]) => isOf(name, log));
    return other?.[1] ?? this.orders;
  }
}

async function appendAll(
  { log, codec, topic }: TestLog,
  steps: readonly (readonly Parameters<TestLog['codec']['encode']>[0][])[],
): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const appender = log.appender(topic, partition);
    await appender.claim();
    for (const events of steps) {
      const ours = events.filter(
        ({ metadata }) => log.partitionOf(metadata.streamId, PARTITIONS) === partition,
      );
      if (ours.length > 0) await appender.append(ours.map((event) => codec.encode(event)));
    }
    await appender.close();
  }
}
