import { EVENT_CONTRACTS } from '#libs/contracts';
import { eventTable } from './event-table.js';
import { neededTables } from './views.js';

const TABLES = EVENT_CONTRACTS.map(eventTable);
const needed = (sql: string, topics = ['orders', 'carts']) =>
  neededTables(sql, topics, TABLES).map(({ name }) => name);

describe('the tables that SQL needs', () => {
  it.each([
    [
      'select * from order_created anti join "order_cancelled" using (orderId)',
      ['order_cancelled', 'order_created'],
    ],
    ['SELECT * FROM ORDER_CREATED', ['order_created']],
    ['select 1', []],
    ['from carts', TABLES.filter(({ topic }) => topic === 'carts').map(({ name }) => name)],
  ])('of %s', (sql, names) => {
    expect(needed(sql)).toEqual(names);
  });

  it('are all of them where the catalogue does not know the topic', () => {
    expect(needed('select * from test_1', ['test-1'])).toHaveLength(TABLES.length);
  });
});
