import { InMemoryEventLog } from '#libs/event-store/testing';
import { availableOf, type StockCommand, stockDecider, type StockEvent } from '#libs/inventory';
import { newId } from '#libs/kernel';
import { sku, startStockEngine } from './stock-engine.fixture.js';

describe('64 clients competing for the last 10 units', () => {
  let log: InMemoryEventLog;
  let harness: Awaited<ReturnType<typeof startStockEngine>>;
  beforeEach(async () => {
    log = new InMemoryEventLog('inventory', 1);
    harness = await startStockEngine(log, log.topic, log.encode);
    await harness.execute({ type: 'receive-stock', sku, quantity: 10 });
  });
  afterEach(() => harness.engine.release());

  const reserve = (orderId: string) =>
    harness.execute({ type: 'reserve-stock', sku, orderId, quantity: 1, whenUntracked: 'reject' });
  const events = () => log.events(0) as unknown as readonly StockEvent[];
  const ofType = (type: StockEvent['type']) => events().filter((event) => event.type === type);

  it('10 get one unit each, and the others learn why they did not', async () => {
    const orderIds = Array.from({ length: 64 }, () => newId());
    await Promise.all(orderIds.map(reserve));
    expect(ofType('stock.reserved')).toHaveLength(10);
    const rejected = ofType('stock.reservation-rejected');
    expect(rejected).toHaveLength(54);
    for (const { data } of rejected) expect(data).toMatchObject({ sku, quantity: 1, available: 0 });
    const answered = events().flatMap(({ data }) => ('orderId' in data ? [data.orderId] : []));
    expect(answered.toSorted()).toEqual(orderIds.toSorted());
  });

  it('the same holds if each asks twice: the second request is rejected and takes nothing', async () => {
    const orderIds = Array.from({ length: 64 }, () => newId());
    const outcomes = await Promise.all([...orderIds, ...orderIds].map(reserve));
    expect(ofType('stock.reserved')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'stock-already-reserved')).toHaveLength(10);
  });

  it('released units go to other clients', async () => {
    const first = Array.from({ length: 10 }, () => newId());
    await Promise.all(first.map(reserve));
    const ends = first.map(
      (orderId, index): StockCommand => ({ type: index < 4 ? 'release-stock' : 'ship-stock', sku, orderId }),
    );
    await Promise.all(ends.map(harness.execute));
    await Promise.all(Array.from({ length: 64 }, () => reserve(newId())));
    expect(ofType('stock.reserved')).toHaveLength(14);
    const stock = events().reduce(stockDecider.evolve, stockDecider.initialState);
    expect(stock).toMatchObject({ onHand: 4, reserved: 4 });
    expect(availableOf(stock)).toBe(0);
  });
});
