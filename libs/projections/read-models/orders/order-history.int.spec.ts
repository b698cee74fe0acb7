import { EVENT_CONTRACTS, EventCodec, type LoggedEvent } from '#libs/contracts';
import { EARLIEST_INSTANT, type EventMetadata, type Instant, LATEST_INSTANT, newId } from '#libs/kernel';
import type { OrderStatus } from '#libs/orders';
import type { BuildPartition } from '../../core/runtime/projection-store.js';
import type { Projection } from '../../core/runtime/projection.js';
import { someOrderEvent } from '#libs/orders/testing';
import { useDatabase } from '#libs/testing';
import { makePrisma } from '#libs/postgres';
import type { PostgresTransaction } from '../../postgres/postgres-transaction.js';
import { PostgresProjectionBuilds } from '../../postgres/projection-builds.js';
import { PostgresProjectionStore } from '../../postgres/projection.store.js';
import { ORDER_STATISTICS_READ_MODEL } from '../order-statistics/order-statistics.read-model.js';
import {
  OrderStatisticsRepository,
  type StatisticsRange,
} from '../order-statistics/order-statistics.repository.js';
import { ORDER_TIMELINE_READ_MODEL } from '../order-timeline/order-timeline.read-model.js';
import { OrderTimelineRepository } from '../order-timeline/order-timeline.repository.js';

type Step = Exclude<OrderStatus, 'created'>;

const codec = new EventCodec({
  idOf: (subject) => EVENT_CONTRACTS.findIndex((contract) => contract.subject === subject) + 1,
  schemaOf: async () => undefined,
});

const { url, prisma } = await useDatabase();
const TABLES = 'order_timeline, order_fact, order_statistics, projection, projection_checkpoint';
beforeEach(() => prisma.$executeRawUnsafe(`truncate ${TABLES}`));

/** An order's life up to a status, with nothing between its events in the partition. */
function life(orderId: string, steps: readonly Step[], given: Partial<EventMetadata> = {}): LoggedEvent[] {
  return [undefined, ...steps].map((step, index) => {
    const event = someOrderEvent(orderId, index + 1, step, given);
    return {
      ...event,
      position: { topic: 'orders', partition: 0, offset: index },
      value: codec.encode(event).value,
    };
  });
}

/** Puts events into a partition that has none yet, one batch each. */
async function project(
  model: Projection<PostgresTransaction>,
  partition: number,
  ...batches: readonly (readonly LoggedEvent[])[]
): Promise<void> {
  const store = new PostgresProjectionStore(prisma);
  const { build } = await new PostgresProjectionBuilds(prisma).live(model);
  const at: BuildPartition = { projection: model.name, build, topic: 'orders', partition };
  let { nextOffset } = await store.loadCheckpoint(at);
  for (const batch of batches) {
    const from = nextOffset;
    const placed = batch.map((event, index) => ({
      ...event,
      position: { topic: 'orders', partition, offset: from + index },
    }));
    nextOffset += batch.length;
    await store.advance([{ ...at, from, to: nextOffset }], (transaction) =>
      model.write(transaction, placed, { hasGaps: false }),
    );
  }
}

describe('the timeline of an order', () => {
  const timeline = () => new OrderTimelineRepository(prisma as never);

  it('has every event as it was in the log, in order, of this order alone', async () => {
    const [orderId, other] = [newId(), newId()];
    const events = life(orderId, ['confirmed', 'shipped', 'delivered']);
    await project(
      ORDER_TIMELINE_READ_MODEL,
      3,
      [...events.slice(0, 2), ...life(other, ['cancelled'])],
      events.slice(2),
    );
    const records = (await timeline().find('tenant', orderId, 1, 10)).items;
    expect(records.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
      ['orders', 3, 0],
      ['orders', 3, 1],
      ['orders', 3, 4],
      ['orders', 3, 5],
    ]);
    const decoded = await codec.decodeBatch(records);
    expect(decoded.map(({ type, data, metadata }) => ({ type, data, metadata }))).toEqual(
      events.map(({ type, data, metadata }) => ({ type, data, metadata })),
    );
    expect(decoded.map(({ value }) => value)).toEqual(events.map(({ value }) => value));
  });

  it('is read in pages, from any version on', async () => {
    const orderId = newId();
    const steps = Array.from({ length: 24 }, (): Step => 'confirmed');
    await project(ORDER_TIMELINE_READ_MODEL, 0, life(orderId, steps));
    const versions = async (from: number, limit: number) =>
      (await codec.decodeBatch((await timeline().find('tenant', orderId, from, limit)).items)).map(
        ({ metadata }) => metadata.version,
      );
    expect(await versions(1, 3)).toEqual([1, 2, 3]);
    expect(await versions(9, 3)).toEqual([9, 10, 11]);
    expect(await versions(24, 3)).toEqual([24, 25]);
    expect(await versions(26, 3)).toEqual([]);
  });

  it("shows no tenant another one's", async () => {
    const orderId = newId();
    await project(ORDER_TIMELINE_READ_MODEL, 0, life(orderId, []));
    expect((await timeline().find('another', orderId, 1, 10)).items).toEqual([]);
  });
});

describe('order statistics', () => {
  const rangeOf = (by: 'hour' | 'day', from: string, to: string): StatisticsRange => ({
    by,
    from: Date.parse(from) as Instant,
    to: Date.parse(to) as Instant,
  });
  const counts = (range: StatisticsRange, tenant = 'tenant') =>
    new OrderStatisticsRepository(prisma as never).count(tenant, range);
  const JANUARY = rangeOf('day', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');

  const madeAt = (occurredAt: string, ...steps: Step[]) => life(newId(), steps, { occurredAt });

  /** A row of orders at 900 each. */
  const row = (period: string, status: OrderStatus, orders: number) => ({
    period,
    status,
    currency: 'EUR',
    orders,
    revenue: 900 * orders,
  });

  it('sum over partitions and hours, by days in UTC', async () => {
    await project(
      ORDER_STATISTICS_READ_MODEL,
      0,
      madeAt('2026-01-02T00:00:00.000Z'),
      madeAt('2026-01-02T23:59:59.999Z'),
    );
    await project(
      ORDER_STATISTICS_READ_MODEL,
      1,
      madeAt('2026-01-02T12:00:00.000Z'),
      madeAt('2026-01-03T00:00:00.000Z'),
    );
    expect(await counts(JANUARY)).toEqual([
      row('2026-01-02T00:00:00.000Z', 'created', 3),
      row('2026-01-03T00:00:00.000Z', 'created', 1),
    ]);
    expect(await counts(rangeOf('hour', '2026-01-02T12:00:00Z', '2026-01-03T00:00:00Z'))).toEqual([
      row('2026-01-02T12:00:00.000Z', 'created', 1),
      row('2026-01-02T23:00:00.000Z', 'created', 1),
    ]);
  });

  it('count an order when it was made, and as what it is now', async () => {
    const orderId = newId();
    const [created, ...rest] = life(orderId, ['confirmed', 'shipped'], {
      occurredAt: '2026-01-02T10:00:00.000Z',
    }) as [LoggedEvent, ...LoggedEvent[]];
    const later = rest.map((event) => ({
      ...event,
      metadata: { ...event.metadata, occurredAt: '2026-01-20T10:00:00.000Z' },
    }));
    await project(ORDER_STATISTICS_READ_MODEL, 0, [created, ...madeAt('2026-01-02T11:00:00.000Z')]);
    expect(await counts(JANUARY)).toEqual([row('2026-01-02T00:00:00.000Z', 'created', 2)]);
    await project(ORDER_STATISTICS_READ_MODEL, 0, later.slice(0, 1), later.slice(1));
    expect(await counts(JANUARY)).toEqual([
      row('2026-01-02T00:00:00.000Z', 'created', 1),
      row('2026-01-02T00:00:00.000Z', 'shipped', 1),
    ]);
  });

  it.each([0, 1])('stop at an event that was counted already, by version %p + 1', async (index) => {
    const events = life(newId(), ['confirmed', 'shipped'], { occurredAt: '2026-01-02T10:00:00.000Z' });
    await project(ORDER_STATISTICS_READ_MODEL, 0, events);
    const before = await counts(JANUARY);
    await expect(project(ORDER_STATISTICS_READ_MODEL, 0, events.slice(index, index + 1))).rejects.toThrow(
      /already/,
    );
    expect(await counts(JANUARY)).toEqual(before);
  });

  it('are in the order of period, currency and status', async () => {
    const inCurrency = (currency: string, ...steps: Step[]): LoggedEvent[] =>
      madeAt('2026-01-02T10:00:00.000Z', ...steps).map((event) => ({
        ...event,
        data: { ...(event.data as object), currency },
      }));
    await project(
      ORDER_STATISTICS_READ_MODEL,
      0,
      madeAt('2026-01-03T10:00:00.000Z'),
      inCurrency('USD'),
      inCurrency('CHF'),
      inCurrency('USD', 'cancelled'),
    );
    const found = await counts(JANUARY);
    expect(found.map(({ period, currency, status }) => [period.slice(0, 10), currency, status])).toEqual([
      ['2026-01-02', 'CHF', 'created'],
      ['2026-01-02', 'USD', 'cancelled'],
      ['2026-01-02', 'USD', 'created'],
      ['2026-01-03', 'EUR', 'created'],
    ]);
  });

  it('are of one tenant, and of the range from its start to before its end', async () => {
    await project(
      ORDER_STATISTICS_READ_MODEL,
      0,
      madeAt('2026-01-01T00:00:00.000Z'),
      madeAt('2026-02-01T00:00:00.000Z'),
    );
    expect(await counts(JANUARY)).toEqual([row('2026-01-01T00:00:00.000Z', 'created', 1)]);
    expect(await counts(JANUARY, 'another')).toEqual([]);
    const ever = { by: 'day', from: EARLIEST_INSTANT, to: LATEST_INSTANT } as const;
    expect(await counts(ever)).toHaveLength(2);
  });

  it('take no notice of where the database is', async () => {
    const name = new URL(url).pathname.slice(1);
    await prisma.$executeRawUnsafe(`alter database ${name} set timezone to 'Asia/Kolkata'`);
    const elsewhere = makePrisma({ url, poolSize: 1, timeoutMs: 5_000 });
    try {
      await project(ORDER_STATISTICS_READ_MODEL, 0, madeAt('2026-01-02T23:00:00.000Z'));
      const repository = new OrderStatisticsRepository(elsewhere as never);
      expect(await repository.count('tenant', JANUARY)).toEqual([
        row('2026-01-02T00:00:00.000Z', 'created', 1),
      ]);
    } finally {
      await elsewhere.$disconnect();
    }
  });

  it('tell revenue that is larger than a number holds exactly', async () => {
    const huge = (): LoggedEvent[] =>
      madeAt('2026-01-02T10:00:00.000Z').map((event) => ({
        ...event,
        data: { ...(event.data as object), total: Number.MAX_SAFE_INTEGER },
      }));
    await project(ORDER_STATISTICS_READ_MODEL, 0, [...huge(), ...huge()]);
    expect((await counts(JANUARY))[0]?.revenue).toBe(2 * Number.MAX_SAFE_INTEGER);
  });
});
