import fc from 'fast-check';
import type { StockEvent } from '#libs/inventory';
import type { EventMetadata } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import type { OrderEvent } from '#libs/orders';
import { EventDecodingError } from './codec-errors.js';
import { EventCodec } from './event-codec.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

const idOf = (subject: string): number =>
  1 + EVENT_CONTRACTS.findIndex((contract) => contract.subject === subject);
/** Registered a second time under another id, so that readers resolve it. */
const OTHER = 1000;
const codec = new EventCodec({
  idOf,
  schemaOf: (id) => Promise.resolve(EVENT_CONTRACTS[id - 1 - OTHER]?.schema),
});

const record = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

// Every code point there is, in keys and values; and keys that JavaScript treats in its own way.
const text = fc.string({ unit: 'binary', maxLength: 200 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'metadata', '0', ''));
const labels = fc
  .uniqueArray(fc.tuple(key, text), { selector: ([name]) => name, maxLength: 60 })
  .map((entries) => Object.fromEntries(entries));
const amount = fc.maxSafeNat();
const uuid = fc.uuid();
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const metadata: fc.Arbitrary<EventMetadata> = record({
  eventId: uuid,
  streamId: text,
  version: amount,
  occurredAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  correlationId: text,
  causationId: orNull(text),
  commandId: text,
  requestHash: orNull(text),
  tenant: text,
  actor: text,
  traceparent: orNull(text),
});

const item = record({ sku: text, quantity: amount, unitPrice: amount });
const payment = record({ token: text, country: orNull(text) });
const order = record({
  orderId: uuid,
  customerId: text,
  customer: record({ id: text, email: orNull(text), name: orNull(text) }),
  currency: text,
  items: fc.oneof(
    fc.array(item, { maxLength: 5 }),
    item.map((one) => Array.from({ length: 1_000 }, () => one)),
  ),
  total: amount,
  shippingAddress: orNull(labels),
  metadata: labels,
  payment: orNull(payment),
  fulfilment: orNull(fc.boolean()),
});
const ofStep = {
  orderId: uuid,
  reason: orNull(text),
  customerId: orNull(text),
  currency: orNull(text),
  total: orNull(amount),
};
const step = record(ofStep);
const shipment = record({
  ...ofStep,
  trackingNumber: orNull(text),
  carrier: orNull(text),
});

const orderEvent: fc.Arbitrary<OrderEvent> = fc.oneof(
  record({ type: fc.constant('order.created' as const), data: order }),
  record({ type: fc.constant('order.shipped' as const), data: shipment }),
  record({
    type: fc.constantFrom('order.confirmed', 'order.delivered', 'order.completed'),
    data: step,
  }),
  record({
    type: fc.constant('order.cancelled' as const),
    data: record({ ...ofStep, cause: orNull(text) }),
  }),
);

const stockEvent: fc.Arbitrary<StockEvent> = fc.oneof(
  record({ type: fc.constant('stock.received' as const), data: record({ sku: text, quantity: amount }) }),
  record({
    type: fc.constant('stock.adjusted' as const),
    data: record({ sku: text, quantity: fc.maxSafeInteger(), reason: text }),
  }),
  record({
    type: fc.constantFrom('stock.reserved', 'stock.released', 'stock.shipped'),
    data: record({ sku: text, orderId: uuid, quantity: amount }),
  }),
  record({
    type: fc.constant('stock.reservation-rejected' as const),
    data: record({ sku: text, orderId: uuid, quantity: amount, available: amount }),
  }),
  record({
    type: fc.constant('stock.threshold-changed' as const),
    data: record({ sku: text, lowAt: orNull(amount) }),
  }),
  record({
    type: fc.constantFrom('stock.depleted', 'stock.replenished'),
    data: record({ sku: text, available: amount, lowAt: orNull(amount) }),
  }),
  record({
    type: fc.constant('stock.low' as const),
    data: record({ sku: text, available: amount, lowAt: amount }),
  }),
);
const anyEvent = fc.oneof(orderEvent, stockEvent);

const position = { topic: 'orders', partition: 0, offset: 1 };

describe('the event codec', () => {
  itForAll(
    'reads back exactly the event, under any id of its schema',
    [anyEvent, metadata],
    async (event, meta) => {
      const { value } = codec.encode({ ...event, metadata: meta });
      const copy = Buffer.from(value);
      copy.writeUInt32BE(value.readUInt32BE(1) + OTHER, 1);
      const decoded = await codec.decodeBatch([
        { ...position, value },
        { ...position, value: copy },
      ]);
      const expected = { ...event, metadata: meta, position };
      expect(decoded).toStrictEqual([
        { ...expected, value },
        { ...expected, value: copy },
      ]);
    },
  );

  const anyBytes = fc.tuple(fc.nat({ max: EVENT_CONTRACTS.length - 1 }), fc.uint8Array({ maxLength: 300 }));
  itForAll('decodes or refuses arbitrary bytes at once', [anyBytes], { numRuns: 500 }, ([index, bytes]) => {
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0, index + 1]), bytes]);
    expectEventOrError(value);
  });

  const change = record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
  itForAll(
    'decodes or refuses an event with single bytes changed',
    [anyEvent, metadata, fc.array(change, { minLength: 1, maxLength: 4 })],
    { numRuns: 300 },
    (event, meta, changes) => {
      const { value } = codec.encode({ ...event, metadata: meta });
      for (const { at, to } of changes) value[5 + (at % (value.length - 5))] = to;
      expectEventOrError(value);
    },
  );
});

function expectEventOrError(value: Buffer): void {
  try {
    expect(codec.decode({ ...position, value }).position).toEqual(position);
  } catch (error) {
    expect(error).toBeInstanceOf(EventDecodingError);
  }
}
