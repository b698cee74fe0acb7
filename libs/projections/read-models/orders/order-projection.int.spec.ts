import { newId, parseInstant, type RecordedEvent, type Stream } from '#libs/kernel';
import { ORDER_AGGREGATE, orderDecider, orderDocument, type OrderState } from '#libs/orders';
import { foldStreams } from '../../core/fold.js';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import { useDatabase } from '#libs/testing';
import { emptyReadModel } from '../../testing/applied.fixture.js';
import { stateTableProjection } from '../../postgres/state-table-projection.js';
import { type RowPageEnd, type RowPageQuery, StateTables } from '../../postgres/state-tables.js';

const { prisma } = await useDatabase();
const tables = new StateTables(prisma as never);

describe('the order read model', () => {
  let model: Awaited<ReturnType<typeof emptyReadModel>>;

  beforeEach(async () => {
    await prisma.$executeRaw`truncate "order", projection, projection_checkpoint`;
    model = await emptyReadModel(prisma, stateTableProjection(ORDER_AGGREGATE));
  });

  const findOne = (tenant: string, orderId: string) => tables.findOne(ORDER_AGGREGATE, tenant, orderId);
  const findPage = (tenant: string, query: Partial<RowPageQuery>) =>
    tables.findPage(ORDER_AGGREGATE, tenant, { limit: 10, ...query });
  const apply = (events: readonly RecordedEvent[], from: number, to: number) => model.apply(events, from, to);

  const life = (orderId: string, offset: number, ...more: ('confirmed' | 'shipped')[]): RecordedEvent[] => [
    recordedAt(someOrderEvent(orderId, 1), 0, offset),
    ...more.map((step, index) => recordedAt(someOrderEvent(orderId, index + 2, step), 0, offset + index + 1)),
  ];

  it('are the fold of the events, over several batches', async () => {
    const orderId = newId();
    const events = life(orderId, 0, 'confirmed', 'shipped');
    await apply(events.slice(0, 2), 0, 2);
    await apply(events.slice(2), 2, 3);
    const folded = foldStreams(orderDecider, new Map<string, Stream<OrderState>>(), events, {
      hasGaps: false,
    }).get(orderId)!;
    const read = await findOne('tenant', orderId);
    expect(read && orderDocument(read)).toEqual(orderDocument(folded));
    expect(await model.checkpoint()).toBe(3);
  });

  it('take a batch once, whoever offers it again', async () => {
    const events = life(newId(), 0);
    await apply(events, 0, 1);
    await expect(apply(events, 0, 1)).rejects.toMatchObject({ name: 'StaleCheckpointError' });
    expect(await prisma.order.count()).toBe(1);
  });

  it('let one of several rivals write a batch', async () => {
    const events = life(newId(), 0, 'confirmed');
    const rivals = await Promise.allSettled([1, 2, 3, 4].map(() => apply(events, 0, 2)));
    expect(rivals.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await prisma.order.findFirstOrThrow()).version).toBe(2);
  });

  it('keep checkpoint and rows together when a write fails', async () => {
    const second = recordedAt(someOrderEvent(newId(), 2), 0, 0);
    await expect(apply([second], 0, 1)).rejects.toThrow(/version 2 cannot follow 0/);
    expect(await model.checkpoint()).toBe(0);
    expect(await prisma.order.count()).toBe(0);
  });

  it('refuse a stream that begins a second time', async () => {
    const orderId = newId();
    await apply(life(orderId, 0, 'confirmed'), 0, 2);
    await expect(apply(life(orderId, 2), 2, 3)).rejects.toThrow(/already exists/);
    expect((await prisma.order.findFirstOrThrow()).version).toBe(2);
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
    await apply([recordedAt({ ...event, data }, 0, 0)], 0, 1);
    const found = (await findPage('tenant', { where: { customer_id: 'ab' } })).items;
    expect(found.map((stream) => orderDocument(stream).orderId)).toEqual([orderId]);
  });

  it('show a tenant its own orders only', async () => {
    const orderId = newId();
    await apply(life(orderId, 0), 0, 1);
    expect(await findOne('another', orderId)).toBeUndefined();
    expect((await findPage('another', {})).items).toEqual([]);
  });

  it('page through all orders without a gap or a repeat, also where times are equal', async () => {
    const ids = Array.from({ length: 25 }, () => newId());
    const events = ids.map((id, index) => {
      const occurredAt = `2026-01-01T00:00:0${index % 3}.000Z`;
      return recordedAt(someOrderEvent(id, 1, 'confirmed', { occurredAt }), 0, index);
    });
    await apply(events, 0, 25);
    const seen: string[] = [];
    let after: RowPageEnd | undefined;
    for (;;) {
      const page = (await findPage('tenant', { limit: 4, after })).items.map(orderDocument);
      seen.push(...page.map(({ orderId }) => orderId));
      const last = page.at(-1);
      if (!last) break;
      after = { createdAt: parseInstant(last.createdAt)!, key: last.orderId };
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('find orders by status, customer and time', async () => {
    const [a, b] = [newId(), newId()];
    await apply([...life(a, 0, 'confirmed'), ...life(b, 2)], 0, 3);
    const ids = async (query: Partial<RowPageQuery>) =>
      (await findPage('tenant', query)).items.map((stream) => orderDocument(stream).orderId);
    expect(await ids({ where: { status: 'confirmed' } })).toEqual([a]);
    expect((await ids({ where: { customer_id: 'c-1' } })).toSorted()).toEqual([a, b].toSorted());
    expect(await ids({ where: { customer_id: 'c-2' } })).toEqual([]);
    expect(await ids({ createdFrom: parseInstant('2026-01-01T00:00:00.001Z') })).toEqual([]);
    expect(await ids({ createdTo: parseInstant('2026-01-01T00:00:00.000Z') })).toEqual([]);
  });
});
