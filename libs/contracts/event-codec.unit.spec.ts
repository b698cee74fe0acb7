import { someMetadata } from '#libs/orders/testing';
import type { FieldSchema, RecordSchema } from './avro-schema.js';
import { EventDecodingError, EventEncodingError } from './codec-errors.js';
import { contractOfEvent } from './event-catalogue.js';
import { EventCodec, type EventToEncode, type SchemaRegistryPort } from './event-codec.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

const ORDER_ID = '0190b5a0-7e1a-7c3e-8a39-1d2c3b4a5f61';
const FIRST_ID = 258;

/** Ids of the current schemas count from {@link FIRST_ID}; others are added by hand. */
class FakeRegistry implements SchemaRegistryPort {
  readonly others = new Map<number, object>();
  readonly asked: number[] = [];
  fault: Error | undefined;

  idOf(subject: string): number | undefined {
    const index = EVENT_CONTRACTS.findIndex((contract) => contract.subject === subject);
    return index < 0 ? undefined : FIRST_ID + index;
  }

  async schemaOf(id: number): Promise<object | undefined> {
    this.asked.push(id);
    await Promise.resolve();
    if (this.fault) throw this.fault;
    return this.others.get(id);
  }
}

const occurredAt = '2026-01-31T12:00:00.123Z';
const metadata = someMetadata({ streamId: ORDER_ID, version: 2, occurredAt, tenant: 'acme' });

const confirmed: EventToEncode = {
  type: 'order.confirmed',
  data: { orderId: ORDER_ID, reason: 'operator', customerId: 'c-1', currency: 'EUR', total: 700 },
  metadata,
};
const created = {
  type: 'order.created',
  data: {
    orderId: ORDER_ID,
    customer: { id: 'c-1', email: null, name: 'Ada' },
    customerId: 'c-1',
    currency: 'EUR',
    items: [{ sku: 'tea', quantity: 2, unitPrice: 350 }],
    total: 700,
    shippingAddress: { city: 'Bern' },
    metadata: { channel: 'web' },
    payment: { token: 'tok_ok', country: 'CH' },
    fulfilment: true,
  },
  metadata: { ...metadata, version: 1 },
};

const at = (value: Buffer | null) => ({ value, topic: 'orders', partition: 3, offset: 17 });

/** The same Avro bytes under another schema's id. */
function relabelled(value: Buffer, id: number): Buffer {
  const copy = Buffer.from(value);
  copy.writeUInt32BE(id, 1);
  return copy;
}

const schemaOf = (eventType: string): RecordSchema => {
  const contract = contractOfEvent(eventType);
  if (!contract) throw new Error(`no ${eventType}`);
  return contract.schema;
};
const withFields = (
  schema: RecordSchema,
  change: (fields: FieldSchema[]) => FieldSchema[],
): RecordSchema => ({ ...schema, fields: change([...schema.fields]) });

let registry: FakeRegistry;
let codec: EventCodec;
beforeEach(() => {
  registry = new FakeRegistry();
  codec = new EventCodec(registry);
});

describe('encoding', () => {
  it('frames the value as Confluent does and keys it by the stream', () => {
    const { key, value } = codec.encode(confirmed);
    expect(key.toString()).toBe(ORDER_ID);
    expect(value.readUInt8(0)).toBe(0);
    expect(value.readUInt32BE(1)).toBe(registry.idOf('orders-orderstream.orders.OrderConfirmed'));
  });

  it('repeats the CloudEvents attributes in headers', () => {
    expect(codec.encode(confirmed).headers).toEqual({
      ce_specversion: '1.0',
      ce_id: metadata.eventId,
      ce_source: '/orderstream/orders',
      ce_type: 'order.confirmed',
      ce_subject: ORDER_ID,
      ce_time: occurredAt,
      ce_tenant: 'acme',
      ce_streamversion: '2',
      'content-type': 'application/avro',
    });
  });

  it('encodes an event far larger than its first buffer', () => {
    const large = { ...confirmed, data: { ...(confirmed.data as object), reason: 'é'.repeat(300_000) } };
    expect(codec.decode(at(codec.encode(large).value)).data).toEqual(large.data);
    expect(codec.decode(at(codec.encode(confirmed).value)).data).toEqual(confirmed.data);
  });

  const { items: _items, ...withoutItems } = created.data;
  it.each<[string, Partial<EventToEncode>, string[]]>([
    ['a fraction', { data: { ...created.data, total: 1.5 } }, ['total']],
    ['a number that is not exact', { data: { ...created.data, total: 2 ** 53 } }, ['total']],
    ['a string instead of a number', { data: { ...created.data, total: '700' } }, ['total']],
    [
      'a nested value of the wrong type',
      { data: { ...created.data, items: [{ sku: 'tea', quantity: null, unitPrice: 1 }] } },
      ['items', '0', 'quantity'],
    ],
    ['a missing field', { data: withoutItems }, ['items']],
    [
      'undefined instead of null',
      { data: { ...created.data, shippingAddress: undefined } },
      ['shippingAddress'],
    ],
    ['a field that the schema lacks', { data: { ...created.data, discount: 5 } }, ['discount']],
    ['an Avro name', { data: { ...created.data, orderMetadata: {} } }, ['orderMetadata']],
    [
      'a nested field that the schema lacks',
      { data: { ...created.data, customer: { ...created.data.customer, age: 3 } } },
      ['customer'],
    ],
    ['half a character', { data: { ...created.data, currency: '\ud83d' } }, ['currency']],
    [
      'half a character in a key',
      { data: { ...created.data, metadata: { '\ude00': 'x' } } },
      ['orderMetadata'],
    ],
    ['an order id that is not a UUID', { data: { ...created.data, orderId: '17' } }, ['orderId']],
    [
      'another spelling of the time',
      { metadata: { ...metadata, occurredAt: '2026-01-31T12:00:00Z' } },
      ['metadata', 'occurredAt'],
    ],
    [
      'a date that does not exist',
      { metadata: { ...metadata, occurredAt: '2026-02-30T12:00:00.000Z' } },
      ['metadata', 'occurredAt'],
    ],
    ['no data', { data: undefined }, []],
    ['an event type without a schema', { type: 'order.teleported' }, []],
  ])('refuses %s', (_what, change, path) => {
    const event = { ...created, ...change };
    let error: unknown;
    try {
      codec.encode(event);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(EventEncodingError);
    expect(error).toMatchObject({ eventType: event.type, path });
    expect((error as Error).message).toContain(event.type);
    expect((error as Error).message).not.toContain('Ada');
  });

  it('fails while the schema has no id, and succeeds once it has one', () => {
    const { idOf } = registry;
    registry.idOf = () => undefined;
    const late = new EventCodec(registry);
    expect(() => late.encode(confirmed)).toThrow('has no schema id');
    registry.idOf = idOf;
    expect(late.encode(confirmed).value).toEqual(codec.encode(confirmed).value);
  });

  it('refuses an event whose schema is not registered', () => {
    registry.idOf = () => undefined;
    expect(() => new EventCodec(registry).encode(confirmed)).toThrow(
      'orders-orderstream.orders.OrderConfirmed',
    );
  });
});

describe('decoding', () => {
  it('returns the event with its position and its bytes', async () => {
    const records = [created, confirmed].map((event) => at(codec.encode(event).value));
    const position = { topic: 'orders', partition: 3, offset: 17 };
    expect(await codec.decodeBatch(records)).toStrictEqual([
      { ...created, position, value: records[0]?.value },
      { ...confirmed, position, value: records[1]?.value },
    ]);
    expect(registry.asked).toEqual([]);
  });

  it('reads up to the first record that is not an event, and gives its position', async () => {
    const records = [
      at(codec.encode(created).value),
      at(Buffer.from('no event')),
      at(codec.encode(confirmed).value),
    ];
    const { events, failure } = await codec.decodeReadable(records);
    expect(events.map(({ type }) => type)).toEqual(['order.created']);
    expect(failure).toMatchObject({ name: 'EventDecodingError', position: { offset: 17 } });
    await expect(codec.decodeBatch(records)).rejects.toBeInstanceOf(EventDecodingError);
  });

  it('skips and reports foreign records, whatever they contain', async () => {
    const { key, value } = codec.encode(created);
    const ours = { source: '/orderstream/orders', type: 'order.created' };
    const records = [
      { ...at(value), key, marks: ours },
      ...[
        {},
        { type: 'order.created' },
        { source: '/orderstream/orders' },
        { ...ours, source: '/other' },
        // Copies of records of other topics.
        { ...ours, source: '/orderstream/inventory' },
        { ...ours, type: 'stock.received' },
      ].map((marks) => ({ ...at(value), key, marks: { source: undefined, type: undefined, ...marks } })),
      { ...at(relabelled(value, 404)), key, marks: { source: undefined, type: undefined } },
    ];
    const { events, foreign, failure } = await codec.decodeReadable(records);
    expect(failure).toBeUndefined();
    expect(events).toHaveLength(1);
    expect(foreign).toHaveLength(7);
    expect(registry.asked).toEqual([]);
  });

  it('fails if the registry and the header disagree, and asks the registry again', async () => {
    const { key, value } = codec.encode(confirmed);
    registry.others.set(9, schemaOf('order.cancelled'));
    const record = {
      ...at(relabelled(value, 9)),
      key,
      marks: { source: '/orderstream/orders', type: 'order.confirmed' },
    };
    const { failure } = await codec.decodeReadable([record]);
    expect(failure).toMatchObject({ fault: 'schema', mayHeal: true });
    expect(failure?.message).toContain('its header says order.confirmed, its schema 9 is of order.cancelled');
    registry.others.set(9, schemaOf('order.confirmed'));
    expect(await codec.decodeBatch([record])).toMatchObject([{ type: 'order.confirmed' }]);
  });

  it('refuses an event under the key of another stream', async () => {
    const { value } = codec.encode(confirmed);
    const marks = { source: '/orderstream/orders', type: 'order.confirmed' };
    const { failure } = await codec.decodeReadable([{ ...at(value), key: Buffer.from('other'), marks }]);
    expect(failure).toMatchObject({ fault: 'bytes', mayHeal: false });
  });

  it('reads events of an older schema that lacks a field', async () => {
    const older = withFields(schemaOf('order.confirmed'), (fields) =>
      fields.filter(({ name }) => name !== 'total'),
    );
    registry.others.set(7, older);
    const data = { ...(confirmed.data as object), total: null };
    // A null at the end is one byte.
    const { value } = codec.encode({ ...confirmed, data });
    const [event] = await codec.decodeBatch([at(relabelled(value.subarray(0, -1), 7))]);
    expect(event).toMatchObject({
      type: 'order.confirmed',
      data,
      metadata,
    });
  });

  it('reads events of a newer schema without its new field', async () => {
    const newer = withFields(schemaOf('order.confirmed'), (fields) => [
      ...fields,
      { name: 'priority', type: ['null', 'long'], default: null },
    ]);
    registry.others.set(8, newer);
    const value = Buffer.concat([codec.encode(confirmed).value, Buffer.from([2, 10])]);
    const [event] = await codec.decodeBatch([at(relabelled(value, 8))]);
    expect(event?.data).toStrictEqual(confirmed.data);
  });

  it('renames the fields of an older schema too', async () => {
    const { eventType: _, ...plain } = schemaOf('order.created');
    registry.others.set(9, plain);
    const [event] = await codec.decodeBatch([at(relabelled(codec.encode(created).value, 9))]);
    expect(event?.data).toStrictEqual(created.data);
  });

  it('upcasts old payloads', async () => {
    const upcasters = { 'order.confirmed': (data: object) => ({ ...data, reason: 'before our time' }) };
    const upcasting = new EventCodec(registry, upcasters);
    const records = [confirmed, created].map((event) => at(codec.encode(event).value));
    const events = await upcasting.decodeBatch(records);
    expect(events.map(({ data }) => data)).toEqual([
      { ...(confirmed.data as object), reason: 'before our time' },
      created.data,
    ]);
  });

  it('reads orders of before events had the id of the customer, and knows it', async () => {
    const { customerId: _, payment: _payment, fulfilment: _fulfilment, ...old } = created.data;
    const released = withFields(schemaOf('order.created'), (fields) =>
      fields.filter(({ name }) => name === 'metadata' || name === 'orderMetadata' || name in old),
    );
    const writer = new EventCodec(registry, {}, [{ ...contractOfEvent('order.created')!, schema: released }]);
    registry.others.set(9, released);
    const { value } = writer.encode({ ...created, data: old });
    const [event] = await codec.decodeBatch([at(relabelled(value, 9))]);
    expect(event?.data).toStrictEqual({ ...old, customerId: 'c-1', payment: null, fulfilment: null });
  });

  it('asks for a schema only once, however many records need it', async () => {
    registry.others.set(9, schemaOf('order.confirmed'));
    const record = at(relabelled(codec.encode(confirmed).value, 9));
    await Promise.all([codec.decodeBatch([record, record]), codec.decodeBatch([record])]);
    await codec.decodeBatch([record]);
    expect(registry.asked).toEqual([9]);
    expect(codec.decode(record).type).toBe('order.confirmed');
  });

  it('passes on a failure of the registry, and asks again', async () => {
    registry.others.set(9, schemaOf('order.confirmed'));
    registry.fault = new Error('away');
    const record = at(relabelled(codec.encode(confirmed).value, 9));
    await expect(codec.decodeBatch([record])).rejects.toBe(registry.fault);
    registry.fault = undefined;
    await expect(codec.decodeBatch([record])).resolves.toHaveLength(1);
  });

  it.each<[string, (value: Buffer) => Buffer | null, string]>([
    ['no value', () => null, 'not in Confluent wire format'],
    ['an empty value', () => Buffer.alloc(0), 'not in Confluent wire format'],
    ['another format', () => Buffer.from('{"type":"order.created"}'), 'not in Confluent wire format'],
    ['an unknown schema', (value) => relabelled(value, 404), 'schema 404 is not known'],
    ['a record that is not an event', (value) => relabelled(value, 1), 'other.Thing, which is no event'],
    ['a record that cannot be read', (value) => relabelled(value, 2), 'cannot be read as today'],
    ['a value cut short', (value) => value.subarray(0, -3), 'not a valid order.confirmed'],
    ['a value with trailing bytes', (value) => Buffer.concat([value, Buffer.from([0])]), 'trailing data'],
  ])('gives the position of %s', async (_what, change, problem) => {
    registry.others.set(1, { type: 'record', name: 'Thing', namespace: 'other', fields: [] });
    registry.others.set(
      2,
      withFields(schemaOf('order.confirmed'), (fields) => fields.filter(({ name }) => name !== 'orderId')),
    );
    const decoding = codec.decodeBatch([at(change(codec.encode(confirmed).value))]);
    await expect(decoding).rejects.toThrow(problem);
    await expect(decoding).rejects.toThrow(EventDecodingError);
    await expect(decoding).rejects.toMatchObject({ position: { topic: 'orders', partition: 3, offset: 17 } });
    await expect(decoding).rejects.toThrow('orders/3@17');
  });

  it('does not load schemas outside a batch', () => {
    const record = at(relabelled(codec.encode(confirmed).value, 9));
    expect(() => codec.decode(record)).toThrow('schema 9 has not been loaded');
  });
});
