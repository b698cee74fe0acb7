import { commonEventTypes, replayRange, topicsOfEventTypes } from './replay-creator.js';

describe('the range of a replay', () => {
  const orders = new Set(['orders']);

  it('spans two positions, in the partitions where they differ', () => {
    const to = { 'orders/0': 10, 'orders/1': 10, 'orders/2': 10, 'orders/3': 0, 'inventory/0': 10 };
    expect(replayRange({ 'orders/1': 4, 'orders/2': 10, 'orders/9': 3 }, to, orders)).toEqual({
      start: { 'orders/0': 0, 'orders/1': 4 },
      until: { 'orders/0': 10, 'orders/1': 10 },
    });
  });

  it('is empty if the end comes before the start', () => {
    expect(replayRange({ 'orders/0': 9 }, { 'orders/0': 5 }, orders)).toEqual({ start: {}, until: {} });
  });
});

describe('the event types of a replay', () => {
  it('are those that both the subscription and the request name', () => {
    expect(commonEventTypes(['order.*', 'stock.received'], ['*'])).toEqual(
      commonEventTypes(['order.*', 'stock.received']),
    );
    expect(commonEventTypes(['order.updated'], ['order.created', 'order.shipped'])).toEqual([
      'order.shipped',
    ]);
    expect(commonEventTypes(['order.*'], ['stock.*'])).toEqual([]);
    expect(commonEventTypes(['*'], ['webhook.*'])).toEqual([]);
  });

  it('determine the topics to read', () => {
    expect(topicsOfEventTypes(commonEventTypes(['order.created', 'stock.received']))).toEqual(
      new Set(['orders', 'inventory']),
    );
  });
});
