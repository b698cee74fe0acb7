import type { FieldSchema, RecordSchema } from '../avro-schema.js';
import { EVENT_CONTRACTS } from '../generated/catalogue.js';
import { type CheckedSchemas, checkedSchemas, findingText, problemsOf } from './checked-schemas.js';

const EVENT_METADATA: RecordSchema = {
  type: 'record',
  name: 'EventMetadata',
  namespace: 'orderstream',
  doc: 'Who, when, why and where.',
  fields: [{ name: 'eventId', type: { type: 'string', logicalType: 'uuid' }, doc: 'The event.' }],
};
const METADATA: FieldSchema = { name: 'metadata', doc: 'About the event.', type: EVENT_METADATA };
const PAID: RecordSchema = {
  type: 'record',
  name: 'OrderPaid',
  namespace: 'orderstream.orders',
  eventType: 'order.paid',
  doc: 'Somebody paid.',
  fields: [
    METADATA,
    { name: 'amount', type: 'int', doc: 'In cents.' },
    { name: 'paidAt', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'When.' },
    { name: 'note', type: ['null', 'string'], default: null, doc: 'A note.' },
    { name: 'payer', type: person('Payer'), doc: 'Who.' },
    {
      name: 'way',
      type: { type: 'enum', name: 'Way', doc: 'A way.', symbols: ['CARD', 'CASH'] },
      doc: 'How.',
    },
  ],
};
const SUBJECT = 'orders-orderstream.orders.OrderPaid';

function person(name: string): RecordSchema {
  return { type: 'record', name, doc: 'A person.', fields: [{ name: 'id', type: 'string', doc: 'Who.' }] };
}

/** The first version is released; the second one is present. */
function checked(now: RecordSchema, path = 'orders/OrderPaid.avsc'): CheckedSchemas {
  const texts = { [`released/${SUBJECT}/1.avsc`]: PAID, [path]: now };
  return checkedSchemas(
    new Map(Object.entries(texts).map(([name, schema]) => [name, JSON.stringify(schema)])),
  );
}

const withField = (name: string, change: Partial<FieldSchema> | undefined): RecordSchema => ({
  ...PAID,
  fields: PAID.fields.flatMap((field) => {
    if (field.name !== name) return [field];
    return change ? [{ ...field, ...change }] : [];
  }),
});
const adding = (field: FieldSchema): RecordSchema => ({ ...PAID, fields: [...PAID.fields, field] });

const PLACE = 'orders/OrderPaid.avsc, field';

/** The change; the finding's beginning; a part of the reason; a part of the fix. */
const BREAKS: readonly (readonly [string, RecordSchema, string, string, string])[] = [
  [
    'a field without a default is added',
    adding({ name: 'currency', type: 'string', doc: 'ISO 4217.' }),
    `${PLACE} currency: was added without a default (compared with released version 1).`,
    "today's code could read none of them",
    '{"type":["null","string"],"default":null}',
  ],
  [
    'a field without a default is removed',
    withField('amount', undefined),
    `${PLACE} amount: was removed, and had no default (compared with released version 1).`,
    'it could read no event that is written from now on',
    'Put it back as it was: {"name":"amount","type":"int","doc":"In cents."}',
  ],
  [
    'a type becomes wider',
    withField('amount', { type: 'long' }),
    `${PLACE} amount: was int, and is now long (compared`,
    'Old code cannot read long as int, so no event that is written from now on.',
    'Put the type back: "int". Add a field of another name beside amount',
  ],
  [
    'a type becomes narrower',
    withField('paidAt', { type: 'int' }),
    `${PLACE} paidAt: was long (timestamp-millis), and is now int (compared`,
    "Today's code cannot read long (timestamp-millis) as int, so no old event.",
    'Put the type back',
  ],
  [
    'a type becomes another',
    withField('amount', { type: 'string' }),
    `${PLACE} amount: was int, and is now string (compared`,
    "Today's code cannot read int as string, so no old event; old code cannot read string as int",
    'write both',
  ],
  [
    'a field is renamed',
    withField('amount', { name: 'cents' }),
    `${PLACE} amount: was renamed to cents (compared`,
    "today's code finds no cents in old events, and old code no amount in today's",
    'Keep amount. If the new name matters, add cents beside it',
  ],
  [
    'a field with a default is renamed, which Avro accepts',
    withField('note', { name: 'remark' }),
    `${PLACE} note: was renamed to remark (compared`,
    'the values of note in all old events would be lost without an error',
    'Keep note.',
  ],
  [
    'a record is renamed',
    withField('payer', { type: person('Buyer') }),
    `${PLACE} payer: was a record Payer, and is now a record Buyer (compared`,
    'Avro compares records by name',
    'Keep the name Payer.',
  ],
  [
    'a field of a record inside is removed',
    withField('payer', { type: { ...person('Payer'), fields: [] } }),
    `${PLACE} payer.id: was removed`,
    'Old code needs it',
    'Put it back',
  ],
  [
    'a union gets a branch',
    withField('note', { type: ['null', 'string', 'long'] }),
    `${PLACE} note: may now also be long (compared`,
    'Old code knows no long there',
    'Put the type back: ["null","string"].',
  ],
  [
    'a field becomes optional',
    withField('amount', { type: ['null', 'int'], default: null }),
    `${PLACE} amount: may now also be null (compared`,
    'it could not read an event that holds one',
    'Put the type back: "int".',
  ],
  [
    'a union loses a branch',
    withField('note', { type: ['null'] }),
    `${PLACE} note: can no longer be string (compared`,
    "today's code could not read them",
    'Put the type back: ["null","string"].',
  ],
  [
    'an enum gets a symbol',
    withField('way', {
      type: { type: 'enum', name: 'Way', doc: 'A way.', symbols: ['CARD', 'CASH', 'COIN'] },
    }),
    `${PLACE} way: has the new symbol COIN (compared`,
    'Old code knows no COIN',
    'Values that may become more are a string',
  ],
  [
    'an enum loses a symbol',
    withField('way', { type: { type: 'enum', name: 'Way', doc: 'A way.', symbols: ['CARD'] } }),
    `${PLACE} way: no longer has the symbol CASH (compared`,
    "today's code could not read them",
    'Put the symbol back.',
  ],
  [
    'a number gets another meaning, which Avro accepts',
    withField('paidAt', { type: { type: 'long', logicalType: 'timestamp-micros' } }),
    `${PLACE} paidAt: had the logical type timestamp-millis, and now has timestamp-micros (compared`,
    'values would mean something else in old events than in new ones',
    'Put the logical type back.',
  ],
  [
    'a default changes, which Avro accepts',
    withField('note', { type: ['string', 'null'], default: 'none' }),
    `${PLACE} note: had the default null, and now has "none" (compared`,
    'such events would say something else from now on',
    'Put the default back.',
  ],
  [
    'a field gets another name in event data, which Avro accepts',
    withField('note', { dataName: 'remark' }),
    `${PLACE} note: was called note in event data, and is now called remark (compared`,
    'Webhooks, filters, exports',
    'Keep the dataName that makes it note.',
  ],
  [
    'the event type changes, which Avro accepts',
    { ...PAID, eventType: 'order.settled' },
    'orders/OrderPaid.avsc, the event: had the event type order.paid, and now has order.settled (compared',
    'they would miss what is written from now on',
    'Keep order.paid.',
  ],
  [
    'the metadata of all events loses a field',
    withField('metadata', { type: { ...EVENT_METADATA, fields: [] } }),
    'metadata/EventMetadata.avsc, field eventId: was removed, and had no default (compared with released versions of 1 events).',
    'Old code needs it',
    'Put it back',
  ],
];

describe('a change that breaks a promise is refused where', () => {
  it.each(BREAKS)('%s', (_, now, problem, why, fix) => {
    const [finding, ...others] = checked(now).brokenPromises;
    expect(others).toEqual([]);
    expect(finding && findingText(finding)).toContain(problem);
    expect(finding?.why).toContain(why);
    expect(finding?.fix).toContain(fix);
  });

  it('the event is renamed', () => {
    const now = { ...PAID, name: 'OrderSettled' };
    const [finding] = checked(now, 'orders/OrderSettled.avsc').brokenPromises;
    expect(finding).toMatchObject({
      about: 'orders/OrderPaid.avsc',
      problem: 'was renamed to orders/OrderSettled.avsc',
      fix: expect.stringContaining('Put orders/OrderPaid.avsc back under its name OrderPaid.') as string,
    });
  });

  it('the event is renamed in its file', () => {
    const [finding] = checked({ ...PAID, name: 'OrderSettled' }, 'orders/OrderPaid.avsc').brokenPromises;
    expect(finding).toMatchObject({
      about: 'orders/OrderPaid.avsc',
      problem: 'was renamed to orderstream.orders.OrderSettled',
      fix: expect.stringContaining('back under its name orderstream.orders.OrderPaid.') as string,
    });
  });

  it('the event moves to another topic', () => {
    const now = { ...PAID, namespace: 'orderstream.payments' };
    const [finding] = checked(now, 'payments/OrderPaid.avsc').brokenPromises;
    expect(finding).toMatchObject({
      problem: 'was moved to topic payments, as payments/OrderPaid.avsc',
      why: expect.stringContaining('Readers of topic orders would find no such event any more') as string,
      fix: expect.stringContaining(
        'Add a new event with a name and type of its own to topic payments',
      ) as string,
    });
  });

  it('the event is deleted', () => {
    const other = { ...PAID, name: 'OrderOther', eventType: 'order.other' };
    expect(checked(other, 'orders/OrderOther.avsc').brokenPromises).toMatchObject([
      {
        problem: `is gone, but was released as ${SUBJECT}`,
        fix: expect.stringContaining('1.avsc') as string,
      },
    ]);
  });
});

describe('a change that keeps all promises is accepted where', () => {
  it.each<[string, RecordSchema]>([
    ['nothing changes', PAID],
    ['a doc changes', { ...PAID, doc: 'A customer paid.' }],
    [
      'a field with a default is added',
      adding({ name: 'tip', type: ['null', 'int'], default: null, doc: 'A tip.' }),
    ],
    ['a field with a default is removed', withField('note', undefined)],
    [
      'one field with a default comes as another goes',
      withField('note', { name: 'shop', doc: 'Where it was paid.' }),
    ],
  ])('%s', (_, now) => {
    expect(checked(now).brokenPromises).toEqual([]);
  });
});

it('says each problem once for all versions that it concerns', () => {
  const texts = new Map<string, string>([
    [`released/${SUBJECT}/1.avsc`, JSON.stringify(PAID)],
    [`released/${SUBJECT}/2.avsc`, JSON.stringify({ ...PAID, doc: 'A customer paid.' })],
    [`released/${SUBJECT}/10.avsc`, JSON.stringify(withField('amount', undefined))],
    ['orders/OrderPaid.avsc', JSON.stringify(withField('amount', undefined))],
  ]);
  expect(problemsOf(checkedSchemas(texts)).map((text) => text.split('\n')[0])).toEqual([
    `${PLACE} amount: was removed, and had no default (compared with released versions 1 and 2).`,
  ]);
});

it('names the file that is not JSON', () => {
  expect(() => checkedSchemas(new Map([['orders/OrderPaid.avsc', '{']]))).toThrow(
    'schemas/orders/OrderPaid.avsc is not JSON',
  );
});

it('knows every event of this version by its present schema', () => {
  const texts = new Map(
    EVENT_CONTRACTS.map(({ topic, schema }) => [`${topic}/${schema.name}.avsc`, JSON.stringify(schema)]),
  );
  expect(checkedSchemas(texts).files.events).toHaveLength(EVENT_CONTRACTS.length);
});
