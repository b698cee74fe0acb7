import fc from 'fast-check';
import {
  type AvroSchema,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  type RecordSchema,
} from './avro-schema.js';
import type { EventContract } from './event-contract.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { HIDDEN_TEXT, withoutPersonalData } from './personal-data.js';

const SECRET = 'secret-of-a-customer';
type Document = Readonly<Record<string, unknown>>;

/** Documents as clients see them. Each personal text has the secret in it. */
function documents(schema: RecordSchema): fc.Arbitrary<Document> {
  const named = new Map<string, RecordSchema>();
  const valueOf = (type: AvroSchema, isPersonal: boolean): fc.Arbitrary<unknown> => {
    if (isUnion(type)) return fc.oneof(...type.map((branch) => valueOf(branch, isPersonal)));
    if (isArray(type)) return fc.array(valueOf(type.items, isPersonal), { maxLength: 3 });
    if (isMap(type)) return fc.dictionary(fc.string(), valueOf(type.values, isPersonal), { maxKeys: 3 });
    if (isRecord(type)) return recordOf(type);
    if (isEnum(type)) return fc.constantFrom(...type.symbols);
    const name = typeof type === 'string' ? type : type.type;
    if (name === 'null') return fc.constant(undefined);
    if (name === 'boolean') return fc.boolean();
    if (['int', 'long', 'float', 'double'].includes(name)) return fc.integer();
    const known = named.get(name);
    if (known) return recordOf(known);
    return fc.string().map((text) => (isPersonal ? `${text}${SECRET}${text}` : text));
  };
  const recordOf = (record: RecordSchema): fc.Arbitrary<Document> => {
    named.set(record.name, record);
    const fields = record.fields.filter(({ name }) => record.eventType === undefined || name !== 'metadata');
    return fc.record(
      Object.fromEntries(
        fields.map(({ name, dataName, type, personal }) => [
          dataName ?? name,
          valueOf(type, personal === true),
        ]),
      ),
    );
  };
  return recordOf(schema);
}

/** What a receiver may make of a body when it answers with it. */
const retold = (body: string): string[] => [
  `You sent: ${body}`,
  `${body}\nOK`,
  JSON.stringify(body),
  `{"received":${JSON.stringify(body)},`,
  JSON.stringify({ received: `body ${JSON.stringify(body)}` }),
  `<pre>${body.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}</pre>`,
];

/** The same document with every text that has the secret in it replaced. */
const replaced = (document: Document): unknown =>
  JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    typeof value === 'string' && value.includes(SECRET) ? HIDDEN_TEXT : value,
  );
const asJson = (document: unknown): unknown => JSON.parse(JSON.stringify(document));

const [others, personal] = [false, true].map((wanted) =>
  EVENT_CONTRACTS.filter(({ schema }) => JSON.stringify(schema).includes('"personal":true') === wanted),
) as [EventContract[], EventContract[]];

describe.each([
  ...personal.map(({ eventType, schema }) => [eventType, [schema]] as const),
  ['all other events', others.map(({ schema }) => schema)] as const,
])('the personal data of %s', (_, schemas) => {
  const someDocument = () => fc.oneof(...schemas.map(documents));

  it('is hidden, and nothing else, wherever the document is', () => {
    fc.assert(
      fc.property(someDocument(), (data) => {
        const whole = asJson(data);
        for (const answer of [data, { items: [{ data }, { data }] }, { order: data, nextPageToken: 'x' }])
          expect(asJson(withoutPersonalData(answer))).toEqual(replaced(answer));
        expect(asJson(data)).toEqual(whole);
      }),
    );
  });

  it('is hidden in texts that are JSON, also in part of one', () => {
    fc.assert(
      fc.property(someDocument(), fc.nat(), (data, at) => {
        const body = JSON.stringify({ data });
        const { request } = withoutPersonalData({ request: body });
        expect(JSON.parse(request)).toEqual(replaced({ data }));
        const cut = body.slice(0, at % body.length);
        for (const text of [
          cut,
          ...retold(body),
          ...retold(cut),
          ...retold(body).map((all) => all.slice(0, at % all.length)),
        ])
          expect(withoutPersonalData([text])[0]).not.toContain(SECRET);
      }),
    );
  });
});

describe('a document', () => {
  it('without personal data is the same one', () => {
    const document = {
      items: [{ orderId: 'o', customer: { id: 'c' }, to: '2026', text: '{"a":1}', at: new Date() }],
    };
    expect(withoutPersonalData(document)).toBe(document);
  });

  it.each([
    { from: 1, to: 'orders/1@2', state: 'running' },
    { name: 'a key', email: 'of nobody', error: 'timeout' },
    { processId: 'p', error: 'timeout', steps: [{ name: 'reserve' }] },
  ])('that is about no customer is shown: %j', (document) => {
    expect(withoutPersonalData(document)).toBe(document);
  });

  it.each([
    { condition: { field: 'data.customer.email', expected: ['x'], found: SECRET } },
    { condition: { field: 'data.shippingAddress.city', expected: ['x'], found: SECRET } },
    { condition: { field: 'data.to', expected: ['x'], found: SECRET } },
    { change: [{ pointer: '/customer/name', before: SECRET, after: SECRET }] },
    { change: [{ pointer: '/customer', before: { id: 'c', name: SECRET }, after: { email: SECRET } }] },
    { change: [{ pointer: '/shippingAddress', after: { street: SECRET } }] },
    { change: [{ pointer: '', after: { customer: { name: SECRET } } }] },
  ])('that has values of a field beside its path shows none that are personal: %j', (document) => {
    expect(JSON.stringify(withoutPersonalData(document))).not.toContain(SECRET);
    const others = JSON.parse(
      JSON.stringify(document).replaceAll(/(customer|to|shippingAddress)\b/g, 'other'),
    ) as object;
    expect(withoutPersonalData(others)).toBe(others);
  });

  it('takes no longer than its texts are', () => {
    const began = performance.now();
    for (const part of ['\\', '"email":"', '"email" ', '\\"email\\":{"', '"name":[', '&quot;name&quot;:'])
      withoutPersonalData({ answer: `x${part.repeat(200_000)}` });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('cannot smuggle anything by its names', () => {
    const document = JSON.parse(
      `{"__proto__":{"customer":{"name":"${SECRET}"}},"orderId":"o","shippingAddress":{"__proto__":"${SECRET}","a":{"b":["${SECRET}"]}}}`,
    ) as object;
    const hidden = withoutPersonalData(document);
    expect(JSON.stringify(hidden)).not.toContain(SECRET);
    expect(Object.keys(hidden)).toEqual(['__proto__', 'orderId', 'shippingAddress']);
  });
});
