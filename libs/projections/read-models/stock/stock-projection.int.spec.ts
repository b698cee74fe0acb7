import {
  STOCK_AGGREGATE,
  stockDecider,
  stockDocument,
  type StockEvent,
  type StockItem,
  stockStreamId,
} from '#libs/inventory';
import { newId, type RecordedEvent, type Stream } from '#libs/kernel';
import { foldStreams } from '../../core/fold.js';
import { stateTableProjection } from '../../postgres/state-table-projection.js';
import { someStockEvent } from '#libs/inventory/testing';
import { useDatabase } from '#libs/testing';
import { emptyReadModel } from '../../testing/applied.fixture.js';
import { StockReadRepository } from './stock-read.repository.js';

const { prisma } = await useDatabase();
const stock = new StockReadRepository(prisma as never);

describe('the stock read model', () => {
  let model: Awaited<ReturnType<typeof emptyReadModel>>;

  beforeEach(async () => {
    await prisma.$executeRaw`truncate stock_item, projection, projection_checkpoint`;
    model = await emptyReadModel(prisma, stateTableProjection(STOCK_AGGREGATE));
  });

  const apply = (events: readonly RecordedEvent[], from: number) => model.apply(events, from);

  const received = (sku: string, quantity: number): StockEvent => ({
    type: 'stock.received',
    data: { sku, quantity },
  });
  const reserved = (sku: string, orderId: string, quantity: number): StockEvent => ({
    type: 'stock.reserved',
    data: { sku, orderId, quantity },
  });
  const documentOf = async (sku: string, tenant = 'tenant') => {
    const stream = await stock.findOne(tenant, sku);
    return stream && stockDocument(stream);
  };

  it('is the fold of the events, over several batches', async () => {
    const [orderA, orderB] = [newId(), newId()];
    const events = [
      someStockEvent('tea', 1, 0, received('tea', 10)),
      someStockEvent('cup', 1, 1, received('cup', 1)),
      someStockEvent('tea', 2, 2, reserved('tea', orderA, 4)),
      someStockEvent('tea', 3, 3, reserved('tea', orderB, 3)),
      someStockEvent('tea', 4, 4, {
        type: 'stock.shipped',
        data: { sku: 'tea', orderId: orderA, quantity: 4 },
      }),
      someStockEvent('tea', 5, 5, {
        type: 'stock.adjusted',
        data: { sku: 'tea', quantity: -1, reason: 'broken' },
      }),
    ];
    await apply(events.slice(0, 3), 0);
    await apply(events.slice(3), 3);
    const none = new Map<string, Stream<StockItem>>();
    const folded = foldStreams(stockDecider, none, events, { hasGaps: false }).get(
      stockStreamId('tenant', 'tea'),
    )!;
    expect(await documentOf('tea')).toEqual(stockDocument(folded));
    const { state } = await prisma.stockItem.findFirstOrThrow({ where: { sku: 'tea' } });
    expect(state).toEqual(folded.state);
    expect(await documentOf('tea')).toMatchObject({ version: 5, onHand: 5, reserved: 3, available: 2 });
    const row = await prisma.stockItem.findFirst({ where: { sku: 'tea' } });
    expect(row).toMatchObject({ onHand: 5n, reserved: 3n, available: 2n });
    expect(await documentOf('cup')).toMatchObject({ version: 1, onHand: 1 });
  });

  it('holds thresholds, beside items without any', async () => {
    const threshold = (sku: string, lowAt: number | null): StockEvent => ({
      type: 'stock.threshold-changed',
      data: { sku, lowAt },
    });
    await apply([someStockEvent('tea', 1, 0, threshold('tea', 0))], 0);
    await apply([someStockEvent('cup', 1, 1)], 1);
    await apply(
      [someStockEvent('cup', 2, 2, threshold('cup', 7)), someStockEvent('tea', 2, 3, threshold('tea', null))],
      2,
    );
    const { items } = await stock.findPage('tenant', 9, undefined);
    expect(items.map(({ state }) => [state.sku, state.lowAt])).toEqual([
      ['cup', 7],
      ['tea', null],
    ]);
  });

  it('holds every number that an event can', async () => {
    await apply([someStockEvent('dust', 1, 0, received('dust', Number.MAX_SAFE_INTEGER))], 0);
    expect(await documentOf('dust')).toMatchObject({ onHand: Number.MAX_SAFE_INTEGER });
    const row = await prisma.stockItem.findFirst({ where: { sku: 'dust' } });
    expect(row?.available).toBe(BigInt(Number.MAX_SAFE_INTEGER));
  });

  it('takes a batch once, whoever offers it again', async () => {
    const events = [someStockEvent('tea', 1, 0)];
    await apply(events, 0);
    await expect(apply(events, 0)).rejects.toMatchObject({ name: 'StaleCheckpointError' });
    expect(await documentOf('tea')).toMatchObject({ version: 1, onHand: 5 });
  });

  it('keeps checkpoint and rows together when a write fails', async () => {
    await expect(apply([someStockEvent('tea', 2, 0)], 0)).rejects.toThrow(/version 2 cannot follow 0/);
    expect(await model.checkpoint()).toBe(0);
    expect(await prisma.stockItem.count()).toBe(0);
  });

  it('is not stopped by text that Postgres cannot hold', async () => {
    await apply([someStockEvent('a\0b', 1, 0)], 0);
    await apply([someStockEvent('a\0b', 2, 1)], 1);
    expect((await stock.findOne('tenant', 'ab'))?.version).toBe(2);
  });

  it('keeps the same sku of two tenants apart', async () => {
    const stranger = someStockEvent('tea', 1, 1, received('tea', 7), { tenant: 'another' });
    await apply([someStockEvent('tea', 1, 0), stranger, someStockEvent('tea', 2, 2)], 0);
    expect(await documentOf('tea')).toMatchObject({ version: 2, onHand: 10 });
    expect(await documentOf('tea', 'another')).toMatchObject({ version: 1, onHand: 7 });
    expect(await documentOf('tea', 'nobody')).toBeUndefined();
    const page = (await stock.findPage('another', 10, undefined)).items;
    expect(page.map(({ state }) => [state.sku, state.onHand])).toEqual([['tea', 7]]);
  });

  it('is paged by sku in the order of code points, without a gap or a repeat', async () => {
    const skus = ['b', 'a/1', 'A', 'Ä', 'a', '茶', 'a b', '10', '9', "o'neill", 'a%', '\u{1f375}', '\uffee'];
    await apply(
      skus.map((sku, offset) => someStockEvent(sku, 1, offset)),
      0,
    );
    const seen: string[] = [];
    for (;;) {
      const page = (await stock.findPage('tenant', 3, seen.at(-1))).items;
      if (page.length === 0) break;
      seen.push(...page.map(({ state }) => state.sku));
    }
    const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    expect(seen).toEqual(skus.toSorted(byCodePoint));
  });
});
