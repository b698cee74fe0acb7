import fc from 'fast-check';
import { contractOfEvent, EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import { anyEvent, LogOfEvents, type SomeEvent } from '#libs/export/testing';
import { systemClock } from '#libs/kernel';
import { STARTER_QUERIES } from '../core/starter-queries.js';
import { openLogSql } from './sql-session.js';

interface Made {
  readonly type: string;
  readonly at: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly version?: number;
}

function made({ type, at, data, version = 1 }: Made): SomeEvent {
  const [base] = fc.sample(anyEvent(contractOfEvent(type)!), { numRuns: 1, seed: 11 }) as [SomeEvent];
  return {
    ...base,
    data: { ...base.data, ...data },
    metadata: { ...base.metadata, occurredAt: `${at}:00.000Z`, tenant: 'acme', version },
  };
}

const id = (number: number): string => `0197b2f0-1c00-7000-8000-00000000000${number}`;
const order = (number: number, total: number, currency = 'EUR') => ({ orderId: id(number), total, currency });
const subscriptionId = id(9);

const EVENTS = [
  {
    type: 'webhook-subscription.created',
    at: '2026-01-29T00:00',
    data: { subscriptionId, callbackUrl: 'https://a.example/', eventTypes: ['order.*'] },
  },
  { type: 'order.created', at: '2026-01-30T10:00', data: order(1, 1_250) },
  { type: 'order.created', at: '2026-01-30T11:00', data: order(2, 1_000) },
  { type: 'order.created', at: '2026-01-31T10:00', data: order(3, 500, 'JPY') },
  { type: 'order.created', at: '2026-01-31T11:00', data: order(4, 9_999) },
  { type: 'order.confirmed', at: '2026-01-30T10:01', data: order(1, 1_250) },
  {
    type: 'order.cancelled',
    at: '2026-01-31T12:00',
    data: { ...order(4, 9_999), cause: 'payment-timed-out' },
  },
  { type: 'order.delivered', at: '2026-01-31T10:00', data: order(1, 1_250) },
  {
    type: 'payment.failed',
    at: '2026-01-31T10:00',
    data: { orderId: id(4), reason: 'declined', gateway: 'simulated' },
  },
  { type: 'stock.received', at: '2026-01-30T10:00', data: { sku: 'tea', quantity: 10 } },
  { type: 'stock.shipped', at: '2026-01-30T11:00', data: { sku: 'tea', quantity: 5 }, version: 2 },
  { type: 'webhook.dead-lettered', at: '2026-01-31T10:00', data: { subscriptionId, eventId: id(7) } },
].map(made);

describe('SQL over the log', () => {
  const log = new LogOfEvents();
  log.append(EVENTS);

  async function ask(sql: string, topics: readonly string[] = EVENT_TOPICS) {
    const session = await openLogSql(
      { topics, sql },
      {
        log,
        contracts: EVENT_CONTRACTS,
        clock: systemClock,
        random: Math.random,
        signal: new AbortController().signal,
        progress: () => undefined,
      },
    );
    try {
      return { ...session, rows: (await session.run(sql)).getRowsJson() };
    } finally {
      await session.close();
    }
  }

  it('has a view for each event type, and for each topic', async () => {
    expect((await ask('select total from order_created order by total')).rows).toEqual([
      ['500'],
      ['1000'],
      ['1250'],
      ['9999'],
    ]);
    const { rows } = await ask(`select event_type, data ->> 'reason' from payments`);
    expect(rows).toEqual([['payment.failed', 'declined']]);
    expect((await ask('select count(*)::int from cart_created')).rows).toEqual([[0]]);
  });

  it('reads what is asked for only, and says up to where', async () => {
    const { events, until } = await ask('select * from order_confirmed', ['orders']);
    expect(events).toBe(1);
    expect(until).toEqual(['orders/0@3', 'orders/1@4']);
    expect((await ask('select * from orders', ['orders'])).events).toBe(7);
    expect((await ask('select 1', ['orders'])).events).toBe(0);
  });

  it('gives the rows of the last statement', async () => {
    const sql = 'create temp table t as select total from order_created; select count(*)::int from t';
    expect((await ask(sql)).rows).toEqual([[4]]);
    await expect(ask('select 1; selec 2')).rejects.toThrow(/^Parser Error: syntax error at or near "selec"/);
    await expect(ask('')).rejects.toThrow('there is no statement in the SQL');
  });

  it('converts money exactly', async () => {
    const { rows } = await ask(
      `select money(9007199254740993, 'EUR')::varchar, money(5, 'JPY')::varchar, money(1234, 'KWD')::varchar`,
    );
    expect(rows).toEqual([['90071992547409.9300', '5.0000', '1.2340']]);
  });

  it('passes on what DuckDB says', async () => {
    await expect(ask('select * from nothing')).rejects.toThrow('nothing does not exist');
    await expect(ask('selec 1')).rejects.toThrow('syntax error');
  });

  const ANSWERS: Readonly<Record<string, unknown[][]>> = {
    'revenue-by-day': [
      ['2026-01-30', 'EUR', '2', '22.50'],
      ['2026-01-31', 'JPY', '1', '500.00'],
    ],
    funnel: [
      ['created', 100, '4'],
      ['confirmed', 25, '1'],
      ['shipped', 0, '0'],
      ['delivered', 25, '1'],
      ['completed', 0, '0'],
      ['cancelled', 25, '1'],
    ],
    'time-to-delivery': [['2026-01-30', '1', 24, 24]],
    'stock-turns': [['tea', '5', 7.5, 0.67]],
    'payment-failures': [
      ['declined', 'simulated', '1'],
      ['timed out', '-', '1'],
    ],
    'webhook-success': [['https://a.example/', subscriptionId, '7', '1', 85.71]],
  };

  it.each(STARTER_QUERIES.map((query) => [query.name, query] as const))(
    'answers %s',
    async (name, { sql, topics }) => {
      expect((await ask(sql, topics)).rows).toEqual(ANSWERS[name]);
    },
  );
});
