import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';
import { type Subscription, webhookSecretOf } from '#libs/webhooks';
import { requestFor, someEvent, subscriptionTo, valid } from '../testing/attempt-request.fixture.js';
import { DeliveryBodies, type DeliveryBody, DeliverySigner } from './signed-request.js';

const BASE = 'https://orders.example.com';

/** Any text, including lone surrogates. */
const text = fc.string({ unit: 'binary' });

const field = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }));

const anEvent = fc
  .record({
    orderId: fc.uuid(),
    more: fc.dictionary(
      text.filter((name) => name !== '__proto__'),
      field,
      { maxKeys: 5, noNullPrototype: true },
    ),
    version: fc.integer({ min: 1, max: 1_000_000 }),
    offset: fc.nat(),
    tenant: text,
  })
  .map(
    ({ orderId, more, version, offset, tenant }): RecordedEvent => ({
      ...someEvent({ streamId: orderId, version, tenant }),
      data: { ...more, orderId },
      position: { topic: 'orders', partition: 1, offset },
    }),
  );

const someBatch = fc.array(anEvent, { minLength: 1, maxLength: 5 }) as unknown as fc.Arbitrary<
  [RecordedEvent, ...RecordedEvent[]]
>;

const bodies = new DeliveryBodies({ publicUrl: `${BASE}/` });
const BATCH = { maxEvents: 10, maxWaitMs: 0 };

function render(events: [RecordedEvent, ...RecordedEvent[]], changes: Partial<Subscription>, from = bodies) {
  const { contentType, bytes } = from.of(
    requestFor(subscriptionTo(BASE, changes), { events }),
  ) as DeliveryBody;
  // Fails on anything that is not UTF-8.
  const body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return { contentType, body, document: JSON.parse(body) as unknown };
}

/** The JSON form, in which lone surrogates are escaped. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const nativeOf = ({ type, metadata, data }: RecordedEvent) => ({
  eventId: metadata.eventId,
  eventType: type,
  occurredAt: metadata.occurredAt,
  version: metadata.version,
  data: withoutNulls(data),
});

const idsOf = ({ metadata }: RecordedEvent) => ({
  orderId: metadata.streamId,
  link: `${BASE}/v1/orders/${metadata.streamId}/events`,
});

const cloudEventOf = (event: RecordedEvent, data: unknown) => ({
  specversion: '1.0',
  id: event.metadata.eventId,
  source: '/orderstream/orders',
  type: event.type,
  subject: event.metadata.streamId,
  time: event.metadata.occurredAt,
  tenant: event.metadata.tenant,
  streamversion: event.metadata.version,
  orderstreamposition: formatPosition(event.position),
  datacontenttype: 'application/json',
  data,
});

function thinOf(event: RecordedEvent) {
  const { data: _, ...envelope } = nativeOf(event);
  return { ...envelope, streamId: event.metadata.streamId, ...idsOf(event) };
}

type Rendering = readonly [Subscription['format'], Subscription['payload'], (event: RecordedEvent) => object];

describe('delivery body', () => {
  it.each<Rendering>([
    ['native', 'full', nativeOf],
    ['native', 'thin', thinOf],
    ['cloudevents', 'full', (event: RecordedEvent) => cloudEventOf(event, withoutNulls(event.data))],
    ['cloudevents', 'thin', (event: RecordedEvent) => cloudEventOf(event, idsOf(event))],
  ])('is JSON, %s and %s, alone and in batches', (format, payload, expected) => {
    fc.assert(
      fc.property(someBatch, (events) => {
        const single = render([events[0]], { format, payload });
        expect(single.document).toEqual(throughJson(expected(events[0])));
        const { document } = render(events, { format, payload, batch: BATCH });
        const listed = format === 'native' ? (document as { events: unknown }).events : document;
        expect(listed).toEqual(throughJson(events.map(expected)));
        // An event has the same text in a batch as alone.
        expect(render(events, { format, payload, batch: BATCH }).body).toContain(single.body);
      }),
    );
  });

  it.each([
    ['native', null, 'application/json'],
    ['native', BATCH, 'application/json'],
    ['cloudevents', null, 'application/cloudevents+json'],
    ['cloudevents', BATCH, 'application/cloudevents-batch+json'],
  ] as const)('says what it is: %s, %j', (format, batch, contentType) => {
    expect(render([someEvent()], { format, batch }).contentType).toBe(contentType);
  });

  it('is a batch for more than one event, and always in batch mode', () => {
    expect(render([someEvent()], { batch: BATCH }).document).toHaveProperty('events');
    expect(render([someEvent(), someEvent()], {}).document).toHaveProperty('events');
    expect(render([someEvent()], {}).document).not.toHaveProperty('events');
  });

  it('is rendered once for each kind', () => {
    let reads = 0;
    const { data, ...rest } = someEvent();
    const event: RecordedEvent = {
      ...rest,
      get data() {
        reads++;
        return data;
      },
    };
    for (let index = 0; index < 3; index++) {
      render([event], {});
      render([event, someEvent()], {});
    }
    expect(reads).toBe(1);
    render([event], { format: 'cloudevents' });
    expect(reads).toBe(2);
  });

  it('links to stock with an encoded path, and relatively without a public URL', () => {
    const event: RecordedEvent = {
      ...someEvent({ streamId: 'acme/tea & more/ü' }),
      type: 'stock.reserved',
      data: { sku: 'tea & more/ü', orderId: 'o-1', quantity: 2 },
      position: { topic: 'inventory', partition: 0, offset: 1 },
    };
    expect(
      render([event], { payload: 'thin' }, new DeliveryBodies({ publicUrl: undefined })).document,
    ).toMatchObject({
      streamId: 'acme/tea & more/ü',
      sku: 'tea & more/ü',
      orderId: 'o-1',
      link: '/v1/stock/tea%20%26%20more%2F%C3%BC',
    });
  });
});

const aSecret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => webhookSecretOf(Buffer.from(bytes)));
const someSecrets = fc.uniqueArray(aSecret, { minLength: 1, maxLength: 3 });
const aBody = fc.json({ stringUnit: 'binary' }).map((json) => Buffer.from(json));
/** The package verifies signatures of the last five minutes. */
const now = Date.now();

const headersOf = (id: string, signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(now / 1_000)),
  'webhook-signature': signature,
});

describe('signature', () => {
  it('is verified by the Standard Webhooks package with each valid secret', () => {
    fc.assert(
      fc.property(someSecrets, fc.uuid(), aBody, (secrets, id, body) => {
        const signature = new DeliverySigner(secrets.map((secret) => valid(secret))).sign(id, now, body);
        const headers = headersOf(id, signature);
        for (const secret of secrets)
          expect(new Webhook(secret).verify(body.toString(), headers)).toEqual(JSON.parse(body.toString()));
      }),
    );
  });

  it('equals that of the package', () => {
    fc.assert(
      fc.property(aSecret, fc.uuid(), aBody, (secret, id, body) => {
        const expected = new Webhook(secret).sign(id, new Date(now), body.toString());
        expect(new DeliverySigner([valid(secret)]).sign(id, now, body)).toBe(expected);
      }),
    );
  });

  it('fails verification with another secret, id or body', () => {
    fc.assert(
      fc.property(someSecrets, aSecret, fc.uuid(), aBody, (secrets, other, id, body) => {
        fc.pre(!secrets.includes(other));
        const text = body.toString();
        const signature = new DeliverySigner(secrets.map((secret) => valid(secret))).sign(id, now, body);
        const [first = ''] = secrets;
        const verify = (secret: string, called: string, read: string) => () =>
          new Webhook(secret).verify(read, headersOf(called, signature));
        expect(verify(other, id, text)).toThrow('No matching signature');
        expect(verify(first, `${id}0`, text)).toThrow('No matching signature');
        expect(verify(first, id, `${text} `)).toThrow('No matching signature');
      }),
    );
  });

  it('does not use an expired secret', () => {
    fc.assert(
      fc.property(aSecret, aSecret, fc.integer({ min: -10_000, max: 10_000 }), (secret, old, leftMs) => {
        const signer = new DeliverySigner([valid(secret), valid(old, new Date(now + leftMs).toISOString())]);
        const count = signer.sign('id', now, Buffer.from('{}')).split(' ').length;
        expect(count).toBe(leftMs > 0 ? 2 : 1);
      }),
    );
  });
});
