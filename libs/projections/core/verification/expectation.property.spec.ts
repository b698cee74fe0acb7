import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { LoggedEvent } from '#libs/contracts';
import type { StockEvent } from '#libs/inventory';
import { canonicalJson } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { someOrderEvent } from '#libs/orders/testing';
import { someStockEvent } from '#libs/inventory/testing';
import type { ExpectationContext, ExpectedRow } from './expectation.js';
import { verifiedReadModel } from '../../read-models/read-models.js';

/** Every life that an order can have. */
const LIVES = [
  [],
  ['cancelled'],
  ['confirmed'],
  ['confirmed', 'cancelled'],
  ['confirmed', 'shipped'],
  ['confirmed', 'shipped', 'delivered'],
  ['confirmed', 'shipped', 'delivered', 'completed'],
] as const;

const idOf = (index: number): string => `0197a2f0-0000-7000-8000-${String(index).padStart(12, '0')}`;
const timeOf = (minutes: number): string => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();

/** Lives of orders, shuffled into one partition so that each keeps its order. */
const orders = fc
  .array(fc.record({ life: fc.constantFrom(...LIVES), tenant: fc.constantFrom('a', 'b') }), { maxLength: 30 })
  .chain((lives) => {
    const streams = lives.flatMap(({ life }, index) => Array.from({ length: life.length + 1 }, () => index));
    const order = fc.shuffledSubarray(streams, { minLength: streams.length, maxLength: streams.length });
    return order.map((turns) => eventsOf(lives, turns));
  });

function eventsOf(
  lives: readonly { life: (typeof LIVES)[number]; tenant: string }[],
  turns: readonly number[],
): LoggedEvent[] {
  const versions = new Map<number, number>();
  return turns.map((index, offset) => {
    const version = (versions.get(index) ?? 0) + 1;
    versions.set(index, version);
    const { life, tenant } = lives[index]!;
    const given = { tenant, occurredAt: timeOf(25 * offset) };
    const event = someOrderEvent(idOf(index), version, life[version - 2], given);
    return { ...event, position: { topic: 'orders', partition: 3, offset }, value: Buffer.from(`${offset}`) };
  });
}

const CONTEXT: ExpectationContext = { partition: 3, hasGaps: false, maxStreams: 1_000 };

function rowsOf(projection: string, events: readonly LoggedEvent[], given: Partial<ExpectationContext> = {}) {
  const expectation = verifiedReadModel(projection).expect({ ...CONTEXT, ...given });
  const rows: ExpectedRow[] = [];
  do {
    for (const event of events) rows.push(...expectation.apply(event));
    rows.push(...expectation.endPass());
  } while (expectation.needsAnotherPass());
  return rows;
}

const sorted = (rows: readonly ExpectedRow[]): string[] => rows.map((row) => canonicalJson(row)).toSorted();
const lastOf = (events: readonly LoggedEvent[]): Map<string, LoggedEvent> =>
  new Map(events.map((event) => [event.metadata.streamId, event]));
const firstOf = (events: readonly LoggedEvent[]): Map<string, LoggedEvent> => lastOf(events.toReversed());
const statusOf = ({ type }: LoggedEvent): string => type.slice('order.'.length);

describe('what the rows must be', () => {
  itForAll('is, for orders, the last status and version, and the first and last time', [orders], (events) => {
    const first = firstOf(events);
    const naive = [...lastOf(events)].map(([order_id, event]) => [
      order_id,
      event.metadata.tenant,
      String(event.metadata.version),
      statusOf(event),
      first.get(order_id)?.metadata.occurredAt,
      event.metadata.occurredAt,
    ]);
    const rows = rowsOf('orders', events).map(({ columns: c }) => {
      expect(JSON.parse(c['state'] ?? '')).toMatchObject({ orderId: c['order_id'], status: c['status'] });
      return [c['order_id'], c['tenant'], c['version'], c['status'], c['created_at'], c['updated_at']];
    });
    expect(rows.toSorted()).toEqual(naive.toSorted());
  });

  itForAll('is, for the timeline, each event', [orders], (events) => {
    expect(rowsOf('order-timeline', events).map(({ columns }) => columns)).toEqual(
      events.map(({ metadata, position, value }) => ({
        order_id: metadata.streamId,
        version: String(metadata.version),
        tenant: metadata.tenant,
        occurred_at: metadata.occurredAt,
        partition: '3',
        offset: String(position.offset),
        value: createHash('sha256').update(value).digest('hex'),
      })),
    );
  });

  itForAll('is, for the index, the place and the order of each event', [orders], (events) => {
    expect(rowsOf('event-index', events).map(({ columns }) => columns)).toEqual(
      events.map(({ metadata, position }) => ({
        event_id: metadata.eventId,
        order_id: metadata.streamId,
        tenant: metadata.tenant,
        topic: 'orders',
        partition: '3',
        offset: String(position.offset),
      })),
    );
  });

  itForAll('is, for the statistics, the number of orders that ended so', [orders], (events) => {
    const first = firstOf(events);
    const naive: Record<string, number> = {};
    for (const [orderId, event] of lastOf(events)) {
      const { tenant, occurredAt } = first.get(orderId)!.metadata;
      const key = [tenant, `${occurredAt.slice(0, 13)}:00:00.000Z`, 'EUR', statusOf(event), '3'].join();
      naive[key] = (naive[key] ?? 0) + 1;
    }
    const rows = rowsOf('order-statistics', events);
    const counts = rows.filter(({ table }) => table === 'order_statistics').map(({ columns }) => columns);
    for (const c of counts) expect(c['revenue']).toBe(String(900 * Number(c['orders'])));
    expect(
      Object.fromEntries(
        counts.map((c) => [
          [c['tenant'], c['hour'], c['currency'], c['status'], c['partition']].join(),
          Number(c['orders']),
        ]),
      ),
    ).toEqual(naive);
    expect(rows.length - counts.length).toBe(first.size);
  });

  const projection = fc.constantFrom('orders', 'order-timeline', 'order-statistics', 'event-index');
  itForAll(
    'is the same in several passes, with few streams in memory',
    [orders, projection, fc.integer({ min: 1, max: 8 })],
    (events, name, maxStreams) => {
      expect(sorted(rowsOf(name, events, { maxStreams }))).toEqual(sorted(rowsOf(name, events)));
    },
  );

  it('is what is left, where events were left out by command', () => {
    const created = someOrderEvent(idOf(1), 1);
    const shipped = someOrderEvent(idOf(1), 3, 'shipped');
    const [first, third] = [created, shipped].map((event, offset) => ({
      ...event,
      position: { topic: 'orders', partition: 3, offset: 2 * offset },
      value: Buffer.alloc(0),
    })) as [LoggedEvent, LoggedEvent];
    expect(() => rowsOf('orders', [first, third])).toThrow('version 3 cannot follow 1');
    expect(rowsOf('orders', [first, third], { hasGaps: true })[0]?.columns).toMatchObject({
      version: '3',
      status: 'shipped',
    });
    expect(rowsOf('order-statistics', [third], { hasGaps: true })).toEqual([]);
    expect(() => rowsOf('order-statistics', [third])).toThrow();
  });

  const quantities = fc.array(fc.record({ sku: fc.constantFrom('tea', 'c\0up'), quantity: fc.nat(1_000) }), {
    maxLength: 20,
  });
  itForAll('is, for stock, what came in and is held', [quantities], (receipts) => {
    const versions = new Map<string, number>();
    const onHand = new Map<string, number>();
    const held = new Map<string, number>();
    const note = (counts: Map<string, number>, sku: string, by: number): number => {
      counts.set(sku, (counts.get(sku) ?? 0) + by);
      return counts.get(sku) ?? 0;
    };
    const events = receipts.flatMap(({ sku, quantity }, index): LoggedEvent[] => {
      note(onHand, sku, quantity);
      note(held, sku, 1);
      const reserved: StockEvent = {
        type: 'stock.reserved',
        data: { sku, orderId: idOf(index), quantity: 1 },
      };
      const received: StockEvent = { type: 'stock.received', data: { sku, quantity } };
      return [received, reserved].map((event) => ({
        ...someStockEvent(sku, note(versions, sku, 1), index, event),
        value: Buffer.alloc(0),
      }));
    });
    const rows = rowsOf('stock', events).map(({ columns: c }) => [
      c['sku'],
      Number(c['version']),
      Number(c['on_hand']),
      Number(c['reserved']),
      Number(c['available']),
    ]);
    expect(rows).toEqual(
      [...versions].map(([sku, version]) => {
        const [there, kept] = [onHand.get(sku) ?? 0, held.get(sku) ?? 0];
        return [sku.replace('\0', ''), version, there, kept, there - kept];
      }),
    );
  });

  it('is not known of a projection that nobody has described', () => {
    expect(() => verifiedReadModel('another')).toThrow('there is no expectation for the rows of another');
  });
});
