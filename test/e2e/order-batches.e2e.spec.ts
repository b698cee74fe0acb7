import { randomUUID } from 'node:crypto';
import { keyed, pointersOf, problemOf, told } from './commands.fixture.js';
import { RawClient } from '#libs/platform/testing';
import { type Answer, eventually, SHARED_LIMITS, someOrder, useSharedSystem } from './system.fixture.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('batches of orders over HTTP', () => {
  const { system, client } = useSharedSystem();

  const send = (body: unknown, headers = {}) => client.post('/v1/orders/batch', body, headers);
  const lines = (...items: unknown[]) => items.map((item) => JSON.stringify(item)).join('\n');
  const statuses = ({ body }: Answer) => body.results.map(({ status }: { status: number }) => status);
  const orders = (count: number) => Array.from({ length: count }, (_, index) => someOrder(`c-${index}`));
  const customerOf = ({ orderId }: { orderId: string }) =>
    eventually(async () => {
      const { status, body } = await client.get(`/v1/orders/${orderId}`);
      expect(status).toBe(200);
      return body.customer.id;
    });

  const wrong = { ...someOrder(), items: [] };
  const unknownField = { ...someOrder(), idempotencykey: 'x' };
  const tooMuch = {
    ...someOrder(),
    items: [{ sku: 'gold', quantity: 2, unitPrice: Number.MAX_SAFE_INTEGER }],
  };

  it.each([
    ['JSON', (items: unknown[]) => send(items)],
    ['NDJSON', (items: unknown[]) => send(lines(...items), NDJSON)],
  ])('give each order its own result, in order (%s)', async (_, sendAll) => {
    const answer = await sendAll([
      someOrder('first'),
      wrong,
      null,
      tooMuch,
      someOrder('last'),
      unknownField,
      'text',
    ]);
    expect(answer.status).toBe(200);
    expect(statuses(answer)).toEqual([201, 400, 400, 400, 201, 400, 400]);
    const [first, second, , fourth, fifth, sixth] = answer.body.results;
    expect(Object.keys(first).toSorted()).toEqual(['orderId', 'position', 'status', 'version']);
    expect(first).toMatchObject({ version: 1, position: expect.stringMatching(/^orders\/\d+@\d+$/) });
    expect(Object.keys(second)).toEqual(['status', 'error']);
    expect(second.error).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(pointersOf({ ...answer, body: second.error })).toEqual(['/items']);
    expect(fourth.error.code).toBe('order-total-too-large');
    expect(sixth.error.errors[0].pointer).toBe('/idempotencykey');
    expect([await customerOf(first), await customerOf(fifth)]).toEqual(['first', 'last']);
  });

  it('fail a line that is broken, and no other', async () => {
    const body = `${lines(someOrder('a'))}\r\n\n{"customer":\n${lines(someOrder('b'))}\n{"__proto__":1}\n`;
    const answer = await send(body, NDJSON);
    expect(statuses(answer)).toEqual([201, 400, 201, 400]);
    const [a, broken, b] = answer.body.results;
    expect(broken.error.code).toBe('malformed-request');
    expect([await customerOf(a), await customerOf(b)]).toEqual(['a', 'b']);
  });

  it('take a thousand orders, and answer in their order', async () => {
    const answer = await send(orders(1_000));
    expect(answer.status).toBe(200);
    const { results } = answer.body as { results: { orderId: string; status: number; position: string }[] };
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(results.map(({ orderId }) => orderId)).size).toBe(1_000);
    expect(new Set(results.map(({ position }) => position)).size).toBe(1_000);
    for (const index of [0, 1, 499, 998, 999]) expect(await customerOf(results[index]!)).toBe(`c-${index}`);
  });

  describe('with keys', () => {
    it('give a repeat the first results', async () => {
      const items = orders(20).map((order) => ({ ...order, idempotencyKey: randomUUID() }));
      const first = await send(items);
      expect(new Set(statuses(first))).toEqual(new Set([201]));
      expect((await send(items)).body).toEqual(first.body);
      expect((await send(lines(...items), NDJSON)).body).toEqual(first.body);
      expect((await send(items.toReversed())).body.results).toEqual(first.body.results.toReversed());
    });

    it('know what a request of its own has made, and the other way round', async () => {
      const [single, batched] = [randomUUID(), randomUUID()];
      const created = await client.post('/v1/orders', someOrder('single'), keyed(single));
      const answer = await send([
        { ...someOrder('single'), idempotencyKey: single },
        { ...someOrder('batched'), idempotencyKey: batched },
      ]);
      const [first, second] = answer.body.results;
      const { body, position } = told(created);
      expect(first).toEqual({ status: 201, orderId: body.orderId, version: 1, position });
      const again = told(await client.post('/v1/orders', someOrder('batched'), keyed(batched)));
      expect(again).toMatchObject({ status: 201, etag: '"1"', position: second.position });
      expect(again.body.orderId).toBe(second.orderId);
    });

    it('have one effect for each key, also within one batch', async () => {
      const idempotencyKey = randomUUID();
      const item = { ...someOrder(), idempotencyKey };
      const answer = await send([item, item, { ...someOrder('other'), idempotencyKey }]);
      const [first, second, third] = answer.body.results;
      expect(second).toEqual(first);
      expect([first.status, third.status, third.error.code]).toEqual([201, 422, 'idempotency-key-reused']);
    });

    it('name a key that is none', async () => {
      for (const idempotencyKey of ['', 'with space', 'x'.repeat(256), 7]) {
        const [result] = (await send([{ ...someOrder(), idempotencyKey }])).body.results;
        expect([result.status, result.error.errors[0].pointer]).toEqual([400, '/idempotencyKey']);
      }
    });

    it('have them in the orders, not in the header', async () => {
      const answer = await send(orders(1), keyed(randomUUID()));
      expect(problemOf(answer)).toEqual([400, 'invalid-request']);
      expect(answer.body.errors[0].pointer).toBe('/Idempotency-Key');
    });
  });

  it.each([
    ['no order', [], {}],
    ['1,001 orders', orders(1_001), {}],
    ['1,001 lines', lines(...orders(1_001)), NDJSON],
    ['nothing in lines', '\n\n', NDJSON],
    ['an object', someOrder(), {}],
  ])('cannot be of %s', async (_, body, headers) => {
    expect(problemOf(await send(body, headers))).toEqual([400, 'invalid-request']);
  });

  it('that are no JSON at all are refused whole', async () => {
    expect(problemOf(await send('[{"customer"'))).toEqual([400, 'malformed-request']);
  });

  it('may be larger than other requests, and have a limit too', async () => {
    const padding = ' '.repeat(1_200_000);
    expect(statuses(await send(`${padding}${JSON.stringify(orders(1))}`))).toEqual([201]);
    expect(statuses(await send(`${padding}${lines(...orders(1))}`, NDJSON))).toEqual([201]);
    for (const type of ['application/json', 'application/x-ndjson']) {
      const caller = RawClient.to(system.app.url);
      // The body itself is never sent: an answer that comes meanwhile may be lost with the connection.
      caller.send('/v1/orders/batch', {
        authorization: `Bearer ${client.apiKey}`,
        'content-type': type,
        'content-length': String(SHARED_LIMITS.batchBytes + 1),
      });
      expect(await caller.status()).toBe(413);
      expect(caller.received).toContain('body-too-large');
    }
  });

  it('are in lines where that was announced, and nowhere else', async () => {
    const line = lines(someOrder());
    const refused = [415, 'unsupported-media-type'];
    expect(problemOf(await client.post('/v1/orders', line, NDJSON))).toEqual(refused);
    expect(problemOf(await client.post('/v1/stock/tea/receipts', lines({ quantity: 1 }), NDJSON))).toEqual(
      refused,
    );
    expect(problemOf(await send(line, { 'content-type': 'text/plain' }))).toEqual(refused);
  });

  it('want an API key', async () => {
    expect((await send(orders(1), { authorization: 'Bearer wrong' })).status).toBe(401);
  });
});
