import { offsetsBehind } from './offsets-behind.js';

describe('the offsets that a subscription is behind', () => {
  const ends = { 'orders/0': 10, 'orders/1': 10, 'orders/2': 10, 'inventory/0': 50 };

  it('count from its cursors, or else its start, or else the beginning', () => {
    const place = { start: { 'orders/0': 9, 'orders/1': 6 }, reached: { 'orders/0': 7 } };
    expect(offsetsBehind({ eventTypes: ['order.created'], ...place }, ends)).toBe(3 + 4 + 10);
    expect(offsetsBehind({ eventTypes: ['order.*', 'stock.low'], ...place }, ends)).toBe(17 + 50);
  });

  it('are none at the end, or beyond the end that is known', () => {
    const reached = { 'orders/0': 10, 'orders/1': 12, 'orders/2': 10 };
    expect(offsetsBehind({ eventTypes: ['order.updated'], start: {}, reached }, ends)).toBe(0);
  });
});
