import fc from 'fast-check';
import { applyEvent, emptyStream, type RecordedEvent } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { orderDecider, type OrderEvent, type OrderStatus } from '#libs/orders';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import { orderAt } from './order-at.js';

const orderId = '0197a2f0-0000-7000-8000-000000000001';
const START = Date.parse('2026-01-01T00:00:00.000Z');

const steps = fc.array(
  fc.record({
    status: fc.constantFrom<Exclude<OrderStatus, 'created'>[]>(
      'confirmed',
      'shipped',
      'delivered',
      'completed',
      'cancelled',
    ),
    // Several events may have the same time.
    msLater: fc.nat(3),
  }),
  { maxLength: 30 },
);

/** Any life of an order, also those that the rules forbid today: the log has what it has. */
const life = steps.map((given) => {
  let time = START;
  return [{ status: 'confirmed' as const, msLater: 0 }, ...given].map(({ status, msLater }, index) => {
    time += msLater;
    const occurredAt = new Date(time).toISOString();
    return recordedAt(someOrderEvent(orderId, index + 1, status, { occurredAt }), 0, index);
  });
});

async function* told(events: readonly RecordedEvent[], asked: { count: number } = { count: 0 }) {
  for (const event of events) {
    asked.count++;
    yield event;
  }
}

const folded = (events: readonly RecordedEvent<OrderEvent>[]) =>
  events.reduce(
    (stream, event) => applyEvent(orderDecider, stream, event),
    emptyStream(orderDecider.initialState),
  );

describe('an order at a moment of its life', () => {
  itForAll(
    'is at a version the fold of so many events, and is not there at later ones',
    [life, fc.integer({ min: 1, max: 40 })],
    async (events, version) => {
      const expected = version <= events.length ? folded(events.slice(0, version)) : undefined;
      const asked = { count: 0 };
      expect(await orderAt(told(events, asked), { version })).toEqual(expected);
      expect(asked.count).toBe(Math.min(version + 1, events.length));
    },
  );

  itForAll(
    'is at a time the fold of what had happened by then, and is not there before its first event',
    [life, fc.integer({ min: -2, max: 100 })],
    async (events, ms) => {
      const time = START + ms;
      const before = events.filter(({ metadata }) => Date.parse(metadata.occurredAt) <= time);
      expect(await orderAt(told(events), { time })).toEqual(ms < 0 ? undefined : folded(before));
    },
  );

  itForAll(
    'has the version that was asked for where events were left out, as if they had done nothing',
    [life, fc.infiniteStream(fc.boolean()), fc.integer({ min: 1, max: 40 })],
    async (events, isKept, version) => {
      const kept = events.filter(({ metadata }) => {
        const isEnd = metadata.version === 1 || metadata.version === events.length;
        return isKept.next().value === true || isEnd;
      });
      const order = await orderAt(told(kept), { version });
      expect(order?.version).toBe(version <= events.length ? version : undefined);
      const last = kept.findLast((event) => event.metadata.version <= version);
      if (order) expect(order.updatedAt).toBe(last?.metadata.occurredAt);
    },
  );

  itForAll(
    'is not there when its first event was left out',
    [life, fc.integer({ min: 1, max: 40 })],
    async (events, version) => expect(await orderAt(told(events.slice(1)), { version })).toBeUndefined(),
  );
});
