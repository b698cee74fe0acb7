import { newId, type RecordedEvent, type Stream } from '#libs/kernel';
import { orderDocument, type OrderState } from '#libs/orders';
import { foldOrders, ORDERS_PROJECTION, streamIdsOf } from '#libs/projections';
import { recordedAt, someOrderEvent } from '#libs/testing';
import { makeDatabase, type TestDatabase } from '#libs/testing/servers';
import { makePrisma } from '../database/prisma.service.js';
import type { PrismaClient } from '../generated/client.js';
import { ProjectionStore } from '../projections/projection.store.js';
import { OrderReadRepository } from './order-read.repository.js';
import { loadOrders, saveOrders, saveTimeline } from './order-write.js';

const at = { projection: ORDERS_PROJECTION, topic: 'orders', partition: 0 };

describe('the order read models', () => {
  let database: TestDatabase;
  let prisma: PrismaClient;
  let store: ProjectionStore;
  let orders: OrderReadRepository;

  beforeAll(async () => {
    database = await makeDatabase();
    prisma = makePrisma({ url: database.url, poolSize: 5, timeoutMs: 5_000 });
    store = new ProjectionStore(prisma as never);
    orders = new OrderReadRepository(prisma as never);
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });
  beforeEach(async () => {
    await prisma.$executeRaw`truncate "order", order_timeline, projection_checkpoint`;
  });

  const apply = (events: readonly RecordedEvent[], from: number, to: number) =>
    store.advance(at, from, to, async (transaction) => {
      const before = await loadOrders(transaction, streamIdsOf(events));
      await saveOrders(transaction, foldOrders(before, events));
      await saveTimeline(transaction, events);
    });

  const life = (orderId: string, offset: number, ...more: ('confirmed' | 'shipped')[]): RecordedEvent[] => [
    recordedAt(someOrderEvent(orderId, 1), 0, offset),
    ...more.map((step, index) => recordedAt(someOrderEvent(orderId, index + 2, step), 0, offset + index + 1)),
  ];

  it('are the fold of the events, over several batches', async () => {
    const orderId = newId();
    const events = life(orderId, 0, 'confirmed', 'shipped');
    await store.checkpoint(at);
    await apply(events.slice(0, 2), 0, 2);
    await apply(events.slice(2), 2, 3);
    const folded = foldOrders(new Map(), events).get(orderId) as Stream<OrderState>;
    const read = await orders.findOne('tenant', orderId);
    expect(read && orderDocument(read)).toEqual(orderDocument(folded));
    const timeline = await orders.findTimeline('tenant', orderId, 1, 10);
    expect(timeline.map(({ eventType, version, position }) => [eventType, version, position])).toEqual([
      ['order.created', 1, 'orders/0@0'],
      ['order.confirmed', 2, 'orders/0@1'],
      ['order.shipped', 3, 'orders/0@2'],
    ]);
    expect(await store.checkpoint(at)).toBe(3);
  });

  it('take a batch once, whoever offers it again', async () => {
    const events = life(newId(), 0);
    await store.checkpoint(at);
    await apply(events, 0, 1);
    await expect(apply(events, 0, 1)).rejects.toMatchObject({ name: 'StaleCheckpointError' });
    expect(await prisma.orderTimeline.count()).toBe(1);
  });

  it('let one of several rivals write a batch', async () => {
    const events = life(newId(), 0, 'confirmed');
    await store.checkpoint(at);
    const rivals = await Promise.allSettled([1, 2, 3, 4].map(() => apply(events, 0, 2)));
    expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await prisma.orderTimeline.count()).toBe(2);
  });

  it('keep checkpoint and rows together when a write fails', async () => {
    await store.checkpoint(at);
    const second = recordedAt(someOrderEvent(newId(), 2), 0, 0);
    await expect(apply([second], 0, 1)).rejects.toThrow(/version 2 cannot follow 0/);
    expect(await store.checkpoint(at)).toBe(0);
    expect(await prisma.order.count()).toBe(0);
  });

  it('are not stopped by text that Postgres cannot hold', async () => {
    const orderId = newId();
    const event = someOrderEvent(orderId, 1);
    if (event.type !== 'order.created') throw new Error('not a creation');
    const data = {
      ...event.data,
      customer: { ...event.data.customer, id: 'a\0b' },
      metadata: { note: 'c\0d' },
    };
    await store.checkpoint(at);
    await apply([recordedAt({ ...event, data }, 0, 0)], 0, 1);
    const found = await orders.findPage('tenant', { customerId: 'ab' }, 10, undefined);
    expect(found.map((stream) => orderDocument(stream).orderId)).toEqual([orderId]);
  });

  it('show a tenant its own orders only', async () => {
    const orderId = newId();
    await store.checkpoint(at);
    await apply(life(orderId, 0), 0, 1);
    expect(await orders.findOne('another', orderId)).toBeUndefined();
    expect(await orders.findPage('another', {}, 10, undefined)).toEqual([]);
    expect(await orders.findTimeline('another', orderId, 1, 10)).toEqual([]);
  });

  it('page through all orders without a gap or a repeat, also where times are equal', async () => {
    const ids = Array.from({ length: 25 }, () => newId());
    await store.checkpoint(at);
    const events = ids.map((id, index) => {
      const occurredAt = `2026-01-01T00:00:0${index % 3}.000Z`;
      return recordedAt(someOrderEvent(id, 1, 'confirmed', { occurredAt }), 0, index);
    });
    await apply(events, 0, 25);
    const seen: string[] = [];
    let after: { createdAt: string; orderId: string } | undefined;
    for (;;) {
      const page = (await orders.findPage('tenant', {}, 4, after)).map(orderDocument);
      seen.push(...page.map(({ orderId }) => orderId));
      const last = page.at(-1);
      if (!last) break;
      after = { createdAt: last.createdAt, orderId: last.orderId };
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('find orders by status, customer and time', async () => {
    const [a, b] = [newId(), newId()];
    await store.checkpoint(at);
    await apply([...life(a, 0, 'confirmed'), ...life(b, 2)], 0, 3);
    const ids = async (filter: object) =>
      (await orders.findPage('tenant', filter, 10, undefined)).map((stream) => orderDocument(stream).orderId);
    expect(await ids({ status: 'confirmed' })).toEqual([a]);
    expect((await ids({ customerId: 'c-1' })).toSorted()).toEqual([a, b].toSorted());
    expect(await ids({ customerId: 'c-2' })).toEqual([]);
    expect(await ids({ createdFrom: '2026-01-01T00:00:00.001Z' })).toEqual([]);
    expect(await ids({ createdTo: '2026-01-01T00:00:00.000Z' })).toEqual([]);
  });
});
