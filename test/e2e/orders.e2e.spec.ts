import { randomUUID } from 'node:crypto';
import { allPages, pointersOf, problemOf } from './commands.fixture.js';
import { eventually, someOrder, useSharedSystem } from './system.fixture.js';

describe('orders over HTTP', () => {
  const { system, client } = useSharedSystem();

  /** The read model follows the log a moment later. */
  const orderAt = (orderId: string, version: number) =>
    eventually(async () => {
      const { status, body, headers } = await client.get(`/v1/orders/${orderId}`);
      expect([status, body.version]).toEqual([200, version]);
      return { body, etag: headers.get('etag') };
    });

  /** The timeline follows the log by itself. */
  const eventsAt = (orderId: string, version: number) =>
    eventually(async () => {
      const { body } = await client.get(`/v1/orders/${orderId}/events`);
      expect(body.items).toHaveLength(version);
      return body.items;
    });

  it('answers a create with the order, where it is, and its version', async () => {
    const order = { ...someOrder(), shippingAddress: { city: 'Cork' }, metadata: { channel: 'web' } };
    const { status, headers, body } = await client.post('/v1/orders', order);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...order, status: 'created', version: 1, total: 1_900 });
    expect(headers.get('location')).toBe(`/v1/orders/${body.orderId}`);
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('orderstream-position')).toMatch(/^orders\/\d+@\d+$/);
    expect((await orderAt(body.orderId, 1)).body).toEqual(body);
  });

  it('takes an order through its whole life, and tells every event with its metadata', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const created = await client.post('/v1/orders', someOrder(), {
      'x-request-id': 'req-1',
      traceparent: trace,
    });
    const { orderId } = created.body;
    const positions = [created.headers.get('orderstream-position')];
    const steps = [
      { status: 'confirmed' },
      { status: 'shipped', trackingNumber: 'T-1', carrier: 'UPS' },
      { status: 'delivered', reason: 'left with a neighbour' },
      { status: 'completed' },
    ];
    for (const [index, step] of steps.entries()) {
      const answer = await client.patch(`/v1/orders/${orderId}/status`, step);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ orderId, ...step, version: index + 2 });
      expect(answer.headers.get('etag')).toBe(`"${index + 2}"`);
      positions.push(answer.headers.get('orderstream-position'));
    }
    const { body, etag } = await orderAt(orderId, 5);
    expect(body).toMatchObject({ status: 'completed', trackingNumber: 'T-1', carrier: 'UPS' });
    expect(etag).toBe('"5"');

    const items = await eventsAt(orderId, 5);
    expect(items.map((event: { eventType: string }) => event.eventType)).toEqual([
      'order.created',
      'order.confirmed',
      'order.shipped',
      'order.delivered',
      'order.completed',
    ]);
    expect(items.map((event: { version: number }) => event.version)).toEqual([1, 2, 3, 4, 5]);
    expect(items.map((event: { position: string }) => event.position)).toEqual(positions);
    expect(new Set(items.map((event: { eventId: string }) => event.eventId)).size).toBe(5);
    for (const { data, metadata, occurredAt, eventId, version } of items) {
      expect(data.orderId).toBe(orderId);
      expect(metadata).toMatchObject({ eventId, streamId: orderId, version, occurredAt });
      for (const name of ['correlationId', 'commandId', 'requestHash', 'tenant', 'actor']) {
        expect(metadata[name]).toEqual(expect.stringMatching(/\S/));
      }
    }
    expect(items[0].metadata).toMatchObject({ correlationId: 'req-1', traceparent: trace });
  });

  it('pages through the events of an order', async () => {
    const orderId = await client.createOrder();
    await client.step(orderId, 'confirmed');
    await client.step(orderId, 'shipped');
    await eventsAt(orderId, 3);
    const events = await allPages<{ version: number }>(client, `/v1/orders/${orderId}/events?limit=2`);
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('refuses a forbidden step with 409 and a code, and records nothing', async () => {
    const orderId = await client.createOrder();
    for (const status of ['shipped', 'delivered', 'completed', 'created']) {
      const answer = await client.step(orderId, status);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({ code: 'order-status-step-forbidden', status: 409 });
    }
    await client.step(orderId, 'cancelled');
    expect((await client.step(orderId, 'cancelled')).status).toBe(409);
    await orderAt(orderId, 2);
    await eventsAt(orderId, 2);
  });

  const order = someOrder();
  const item = order.items[0];
  it.each([
    ['no customer', { ...order, customer: undefined }, '/customer'],
    ['an empty customer id', { ...order, customer: { id: '' } }, '/customer/id'],
    ['an e-mail that is none', { ...order, customer: { id: 'c', email: 'nobody' } }, '/customer/email'],
    ['a currency that is none', { ...order, currency: 'XYZ' }, '/currency'],
    ['no items', { ...order, items: [] }, '/items'],
    ['more than 1,000 items', { ...order, items: Array.from({ length: 1_001 }, () => item) }, '/items'],
    ['a quantity of 0', { ...order, items: [{ ...item, quantity: 0 }] }, '/items/0/quantity'],
    ['a quantity as text', { ...order, items: [{ ...item, quantity: '2' }] }, '/items/0/quantity'],
    ['half a quantity', { ...order, items: [item, { ...item, quantity: 1.5 }] }, '/items/1/quantity'],
    ['a negative price', { ...order, items: [{ ...item, unitPrice: -1 }] }, '/items/0/unitPrice'],
    ['an unknown field', { ...order, colour: 'red' }, '/colour'],
    ['metadata that is no text', { ...order, metadata: { a: 1 } }, '/metadata/a'],
    ['too much metadata', { ...order, metadata: { a: 'x'.repeat(501) } }, '/metadata/a'],
    ['a number past 2^53', { ...order, items: [{ ...item, unitPrice: 2 ** 60 }] }, '/items/0/unitPrice'],
    ['a NUL character', { ...order, customer: { id: 'a\0b' } }, '/customer/id'],
    ['half a character', { ...order, items: [{ ...item, sku: '\ud83d' }] }, '/items/0/sku'],
    ['a NUL character in a name', { ...order, metadata: { 'a\0': 'b' } }, '/metadata/a\0'],
    ['a list', [order], ''],
  ])('names the field that is wrong: %s', async (_, body, pointer) => {
    const answer = await client.post('/v1/orders', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request', title: expect.any(String) });
    expect(pointersOf(answer)).toContain(pointer);
  });

  it.each([
    ['not JSON', '{"customer"', {}, 400],
    ['nothing', '', {}, 400],
    ['another media type', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', 'order please', { 'content-type': 'text/plain' }, 415],
    ['more than the limit', ' '.repeat(1_100_000), {}, 413],
    ['not UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), {}, 400],
    ['in another charset', '{}', { 'content-type': 'application/json; charset=latin1' }, 415],
  ])('answers a body that is %s with a problem document', async (_, body, headers, status) => {
    const answer = await client.post('/v1/orders', body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
  });

  it('knows an id in either case', async () => {
    const orderId = await client.createOrder();
    expect((await client.step(orderId.toUpperCase(), 'confirmed')).body).toMatchObject({
      orderId,
      version: 2,
    });
    await orderAt(orderId.toUpperCase(), 2);
  });

  it('takes JSON in UTF-8, said or not', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    const named = { ...order, customer: { id: 'Zoë 茶' } };
    const { status, body } = await client.post('/v1/orders', named, headers);
    expect([status, body.customer.id]).toEqual([201, 'Zoë 茶']);
  });

  it('refuses a total that cannot be held exactly', async () => {
    const items = [{ ...item, quantity: 3, unitPrice: Number.MAX_SAFE_INTEGER }];
    const answer = await client.post('/v1/orders', { ...order, items });
    expect(problemOf(answer)).toEqual([400, 'order-total-too-large']);
  });

  it('lists newest first, by status, customer and time, page by page', async () => {
    const lister = await system.client();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push(await lister.createOrder(n % 2 ? 'odd' : 'even'));
    await lister.step(ids[0]!, 'cancelled');
    const list = async (query: string): Promise<string[]> => {
      const { body } = await lister.get(`/v1/orders?${query}`);
      return body.items.map((each: { orderId: string }) => each.orderId);
    };
    await eventually(async () => expect(await list('status=cancelled')).toEqual([ids[0]]));
    await eventually(async () => expect(await list('')).toEqual(ids.toReversed()));
    expect(await list('customerId=odd')).toEqual([ids[5], ids[3], ids[1]]);
    expect(await list('createdFrom=2999-01-01T00:00:00Z')).toEqual([]);

    const paged = await allPages<{ orderId: string }>(lister, '/v1/orders?limit=3');
    expect(paged.map(({ orderId }) => orderId)).toEqual(ids.toReversed());
  });

  it.each([
    ['/v1/orders?limit=0', '/limit'],
    ['/v1/orders?limit=501', '/limit'],
    ['/v1/orders?status=lost', '/status'],
    ['/v1/orders?createdFrom=yesterday', '/createdFrom'],
    ['/v1/orders?createdFrom=0000-01-01T00:00:00Z', '/createdFrom'],
    ['/v1/orders?customerId=%00', '/customerId'],
    ['/v1/orders?pageToken=nonsense', '/pageToken'],
    ['/v1/orders?color=red', '/color'],
    [`/v1/orders/${randomUUID()}?at=1`, '/at'],
  ])('refuses %s', async (path, pointer) => {
    const answer = await client.get(path);
    expect([answer.status, pointersOf(answer)[0]]).toEqual([400, pointer]);
  });

  it('keeps tenants apart', async () => {
    const orderId = await client.createOrder();
    await orderAt(orderId, 1);
    const stranger = await system.client();
    expect((await stranger.get(`/v1/orders/${orderId}`)).status).toBe(404);
    expect((await stranger.get(`/v1/orders/${orderId}/events`)).status).toBe(404);
    expect((await stranger.step(orderId, 'cancelled')).status).toBe(404);
    expect((await stranger.get('/v1/orders')).body.items).toEqual([]);
  });

  it.each([
    ['', 'Bearer'],
    ['Bearer', 'Bearer'],
    ['Basic abc', 'Bearer'],
    [
      'Bearer wrong',
      'Bearer error="invalid_token", error_description="The API key is not known, was revoked or has expired."',
    ],
  ])('wants an API key: "%s"', async (authorization, challenge) => {
    const { status, headers, body } = await client.get('/v1/orders', { authorization });
    expect([status, body.code]).toEqual([401, 'unauthorized']);
    expect(headers.get('www-authenticate')).toBe(challenge);
  });

  it('knows what is not there', async () => {
    for (const path of ['/v1/orders/%zz', '/v1/orders/%ED%A0%80']) {
      expect((await client.get(path)).body).toMatchObject({ status: 400, code: 'malformed-request' });
    }
    expect((await client.get(`/v1/orders/${'a'.repeat(3_000)}`)).body.code).toBe('not-found');
    for (const path of [
      '/v1/nothing',
      '/v1/orders/nonsense',
      '/v1/orders/econnrefused',
      '/v1/orders/%00',
      `/v1/orders/${randomUUID()}`,
    ]) {
      expect((await client.get(path)).status).toBe(404);
    }
    expect((await client.step(randomUUID(), 'confirmed')).body.code).toBe('order-not-found');
  });

  it('tells operators how it is, without a key', async () => {
    const open = { authorization: '' };
    expect((await client.get('/health/live', open)).body).toEqual({ status: 'ok' });
    const ready = await client.get('/health/ready', open);
    expect([ready.status, ready.body.status]).toEqual([200, 'ok']);
    const metrics = await client.get('/metrics', open);
    expect(metrics.body).toContain('orderstream_events_appended_total');
    const { body } = await client.get('/openapi.json', open);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toContain('/v1/orders');
    expect((await client.get('/docs', open)).status).toBe(200);
    expect((await client.get(`/problems/order-not-found`, open)).body.status).toBe(404);
  });

  it('keeps all that it has acknowledged when it is stopped under load', async () => {
    const acknowledged: string[] = [];
    const poster = await system.client();
    let over = false;
    const posting = Array.from({ length: 8 }, async () => {
      while (!over) {
        const answer = await poster.post('/v1/orders', someOrder()).catch(() => undefined);
        if (answer?.status === 201) acknowledged.push(answer.body.orderId);
        else await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(50));
    await system.app.restart('SIGTERM');
    over = true;
    await Promise.all(posting);
    const sample = acknowledged.slice(-400);
    await eventually(async () => {
      const { body } = await poster.get('/v1/orders?limit=500');
      const found = new Set(body.items.map((order: { orderId: string }) => order.orderId));
      expect(sample.filter((orderId) => !found.has(orderId))).toEqual([]);
    });
  });
});
