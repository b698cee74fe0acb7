import { FilledDatabase, modelNamed } from '../../testing/filled-database.fixture.js';

const filled = await FilledDatabase.use();

describe('tables that were damaged', () => {
  afterEach(() => filled.restore());

  const one = (table: string, column: string) =>
    `(${column}) in (select ${column} from ${table} order by ${column} limit 1)`;
  const order = one('"order"', 'order_id');
  const stock = one('stock_item', 'sku');
  const event = one('order_timeline', 'order_id, version');
  const indexed = one('event_index', 'event_id');
  const fact = one('order_fact', 'order_id');
  const subscription = one('webhook_subscription', 'subscription_id');
  const statistics = `ctid = (select ctid from order_statistics where orders > 0 limit 1)`;

  /** By table: what is done to it, and what is to be said of that. */
  const DAMAGES: readonly (readonly [string, string, string, ...string[]])[] = [
    ['orders', `update "order" set status = 'created ' where ${order}`, 'different: status'],
    ['orders', `update "order" set tenant = 'x' where ${order}`, 'different: tenant'],
    ['orders', `update "order" set updated_at = updated_at + interval '1 ms'`, 'different: updated_at'],
    [
      'orders',
      `update "order" set state = (state::jsonb || '{"total": 1}')::json where ${order}`,
      'different: state.total',
    ],
    ['orders', `delete from "order" where ${order}`, 'missing'],
    [
      'orders',
      `with copied as (delete from "order" where ${order} returning *)
       insert into "order" select gen_random_uuid(), tenant, version, status, customer_id, created_at, updated_at, state
       from copied`,
      'missing',
      'unexpected',
    ],
    ['stock', `update stock_item set available = available + 1 where ${stock}`, 'different: available'],
    [
      'stock',
      `update stock_item set state = '{}' where ${stock}`,
      'different: state.isTracked, state.lowAt, state.onHand, state.reservations, state.reserved, state.sku',
    ],
    ['stock', `delete from stock_item where ${stock}`, 'missing'],
    ['stock', `update stock_item set sku = sku || '!' where ${stock}`, 'missing', 'unexpected'],
    [
      'webhook-subscriptions',
      `update webhook_subscription set status = 'paused' where ${subscription}`,
      'different: status',
    ],
    [
      'webhook-subscriptions',
      `update webhook_subscription set revision = revision + 1 where ${subscription}`,
      'different: revision',
    ],
    ['webhook-subscriptions', `delete from webhook_subscription where ${subscription}`, 'missing'],
    [
      'order-timeline',
      `update order_timeline set value = value || '\\x00'::bytea where ${event}`,
      'different: value',
    ],
    ['order-timeline', `update order_timeline set "offset" = 1000 where ${event}`, 'different: offset'],
    ['order-timeline', `delete from order_timeline where ${event}`, 'missing'],
    ['order-timeline', `update order_timeline set version = 99 where ${event}`, 'missing', 'unexpected'],
    ['event-index', `update event_index set "offset" = "offset" + 1 where ${indexed}`, 'different: offset'],
    [
      'event-index',
      `update event_index set order_id = null where order_id is not null`,
      'different: order_id',
    ],
    ['event-index', `delete from event_index where ${indexed}`, 'missing'],
    ['order-statistics', `update order_fact set total = 0 where ${fact}`, 'different: total'],
    [
      'order-statistics',
      `update order_fact set order_id = gen_random_uuid() where ${fact}`,
      'missing',
      'unexpected',
    ],
    [
      'order-statistics',
      `update order_statistics set revenue = revenue + 0.5 where ${statistics}`,
      'different: revenue',
    ],
    [
      'order-statistics',
      `update order_statistics set orders = orders + 1 where ${statistics}`,
      'different: orders',
    ],
    [
      'order-statistics',
      `update order_statistics set partition = 9 where ${statistics}`,
      'missing',
      'unexpected',
    ],
    [
      'order-statistics',
      `update order_statistics set orders = 0, revenue = 0 where ${statistics}`,
      'missing',
    ],
  ];

  it.each(DAMAGES)('names, in %s, what this leaves behind: %s', async (name, statement, ...said) => {
    await filled.sql(statement);
    const found = await filled.differencesOf(modelNamed(name));
    const words = found.map(({ kind, columns = [] }) => {
      const names = columns.map(({ column }) => column).toSorted();
      return names.length > 0 ? `${kind}: ${names.join(', ')}` : kind;
    });
    expect([...new Set(words)]).toEqual(said);
    const { partitions } = await filled.verify(modelNamed(name));
    expect(partitions.some(({ expected, actual }) => expected.digest !== actual.digest)).toBe(true);
  });

  it('names a row that is there beside those that must be', async () => {
    const KEYS: Record<string, string> = {
      stock_item: 'tenant',
      order_statistics: 'tenant',
      webhook_subscription: 'subscription_id',
      event_index: 'event_id',
    };
    const names = [
      'orders',
      'order-timeline',
      'order-statistics',
      'stock',
      'webhook-subscriptions',
      'event-index',
    ];
    for (const name of names) {
      for (const table of modelNamed(name).tables) {
        const column = KEYS[table] ?? 'order_id';
        const other = column === 'tenant' ? `'foreign'` : 'gen_random_uuid()';
        await filled.sql(
          `create temp table copied as select * from "${table}" ${table === 'order_statistics' ? 'where orders > 0' : ''} limit 1;
           update copied set ${column} = ${other}; insert into "${table}" table copied; drop table copied`,
        );
      }
      const found = await filled.verify(modelNamed(name));
      expect(found).toMatchObject({ equal: false, surplus: { count: modelNamed(name).tables.length } });
      expect(found.partitions.every(({ differing }) => differing === 0)).toBe(true);
      expect(found.surplus?.rows.map(({ kind, table }) => [kind, table])).toEqual(
        modelNamed(name).tables.map((table) => ['unexpected', table]),
      );
    }
  });

  it('lists some of many, and counts them all', async () => {
    const { rowCount } = await filled.sql('update "order" set version = 77');
    const found = await filled.verify(modelNamed('orders'), { mostListed: 3 });
    expect(found.partitions.reduce((sum, { differing }) => sum + differing, 0)).toBe(rowCount);
    expect(found.partitions.map(({ differences }) => differences.length)).toEqual([3, 3]);
  });
});
