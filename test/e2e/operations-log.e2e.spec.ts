import { randomUUID } from 'node:crypto';
import { appendRaw } from './raw-records.fixture.js';
import { allPages } from './commands.fixture.js';
import { StreamClient } from './event-stream.fixture.js';
import { operatorOf } from './operator.fixture.js';
import { type Client, eventually, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

const LOG = '/v1/operations/log';

describe('the log, for operators', () => {
  const { system, client } = useSharedSystem();
  let operator: Client;
  beforeAll(async () => {
    operator = await operatorOf(system);
  });

  const placeOf = (position: string) => {
    const [topic, partition, offset] = position.split(/[/@]/) as [string, string, string];
    return {
      path: `${LOG}/${topic}/${partition}`,
      topic,
      partition: Number(partition),
      offset: Number(offset),
    };
  };
  const order = async (more: object = {}) => {
    const answer = await client.post('/v1/orders', { ...someOrder(), ...more });
    expect(answer.status).toBe(201);
    return { orderId: answer.body.orderId as string, place: placeOf(positionOf(answer)) };
  };

  it('has topics with their partitions and ends', async () => {
    const { place } = await order();
    const { body } = await operator.get(`${LOG}/topics`);
    const orders = body.items.find(({ topic }: { topic: string }) => topic === 'orders');
    expect(orders.partitions[place.partition]).toMatchObject({ partition: place.partition, beginOffset: 0 });
    expect(orders.partitions[place.partition].endOffset).toBeGreaterThan(place.offset);
    expect((await client.get(`${LOG}/topics`)).status).toBe(403);
  });

  it('is read from an offset, a time, or the end, in both directions', async () => {
    const { orderId, place } = await order();
    const { body } = await operator.get(`${place.path}?offset=${place.offset}&limit=1`);
    expect(body.items).toEqual([
      expect.objectContaining({
        offset: place.offset,
        kind: 'event',
        key: orderId,
        headers: expect.arrayContaining([{ name: 'ce_type', value: 'order.created' }]),
        event: expect.objectContaining({
          eventType: 'order.created',
          data: expect.objectContaining({ orderId }),
        }),
      }),
    ]);
    const newest = await operator.get(`${place.path}?limit=5`);
    expect(newest.body.newerOffset).toBeUndefined();
    const offsets = newest.body.items.map(({ offset }: { offset: number }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a: number, b: number) => a - b));
    // What lies before what was shown, and nothing twice.
    const older = newest.body.olderOffset;
    if (older !== undefined) {
      const before = await operator.get(`${place.path}?offset=${older}&direction=backward&limit=5`);
      expect(before.body.items.at(-1).offset).toBeLessThan(offsets[0]);
      expect(before.body.newerOffset).toBe(older);
    }
    const since = await operator.get(`${place.path}?time=${body.items[0].time}`);
    expect(since.body.items.map(({ offset }: { offset: number }) => offset)).toContain(place.offset);
    expect((await operator.get(`${place.path}?time=2100-01-01T00:00:00Z`)).body.items).toEqual([]);
  });

  it('shows what cannot be read, and what others appended, and gives it as a download', async () => {
    const { place } = await order();
    const value = Buffer.concat([Buffer.from([1, 2, 3]), Buffer.alloc(2_000, 7)]);
    const offset = await appendRaw(place, { key: 'stray', value, headers: { who: 'a stranger' } });
    const { body } = await operator.get(`${place.path}?offset=${offset}&limit=1`);
    expect(body.items).toEqual([
      {
        position: `${place.topic}/${place.partition}@${offset}`,
        offset,
        time: expect.any(String),
        kind: 'foreign',
        key: 'stray',
        headers: [{ name: 'who', value: 'a stranger' }],
        bytes: value.length,
        raw: value.subarray(0, 1_024).toString('base64'),
        download: `${place.path}/${offset}`,
      },
    ]);
    const whole = await operator.get(body.items[0].download);
    expect(whole.headers.get('content-disposition')).toBe(
      `attachment; filename="${place.topic}-${place.partition}-${offset}.json"`,
    );
    expect(Buffer.from(whole.body.raw, 'base64')).toEqual(value);
  });

  it('leaves out a large payload, and bounds its answers', async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => ({
      sku: `${'x'.repeat(90)}-${n}`,
      quantity: 1,
      unitPrice: 1,
    }));
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`m${n}`, 'ä'.repeat(500)]));
    const { place } = await order({ items, metadata });
    const large = await operator.get(`${place.path}?offset=${place.offset}&limit=1`);
    const [record] = large.body.items;
    expect(record.bytes).toBeGreaterThan(100_000);
    expect(record.event === undefined).toBe(record.bytes > 262_144);
    const whole = await operator.get(`${place.path}/${place.offset}`);
    expect(whole.body.event.data.items).toHaveLength(1_000);
  });

  it.each([
    ['audit-of-others/0', 404, undefined],
    ['orders/9999', 404, undefined],
    ['orders/0/999999999', 404, undefined],
    ['orders/first', 400, '/partition'],
    ['orders/0?limit=201', 400, '/limit'],
    ['orders/0?offset=1&time=2026-01-01T00:00:00Z', 400, '/time'],
    ['stream?topics=mine', 400, '/topics'],
  ])('answers %s with %i', async (path, status, pointer) => {
    const answer = await operator.get(`${LOG}/${path}`);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([status, pointer]);
  });

  it('is watched as it grows, over all tenants or one', async () => {
    const other = await system.client();
    const sku = `sku-${randomUUID()}`;
    const tail = await StreamClient.open(
      system.app.url,
      operator.apiKey,
      '?topics=orders,inventory',
      undefined,
      `${LOG}/stream`,
    );
    await eventually(() => expect(tail.retryMs).toBe(2_000));
    const orderIds = await Promise.all([client.createOrder(), other.createOrder()]);
    await client.post(`/v1/stock/${sku}/receipts`, { quantity: 1 });
    await eventually(() => {
      const seen = tail.items.map(({ data }) => data.orderId ?? data.sku);
      expect(seen).toEqual(expect.arrayContaining([...orderIds, sku]));
    });
    expect(tail.items[0].metadata.tenant).toEqual(expect.any(String));
    await tail.close();
    const { metadata } = tail.items.find(({ data }) => data.orderId === orderIds[1]);
    const own = await StreamClient.open(
      system.app.url,
      operator.apiKey,
      `?tenant=${metadata.tenant}&eventTypes=order.created`,
      undefined,
      `${LOG}/stream`,
    );
    await eventually(() => expect(own.retryMs).toBe(2_000));
    await client.createOrder();
    const mine = await other.createOrder();
    await eventually(() => expect(own.items.map(({ data }) => data.orderId)).toEqual([mine]));
    await own.close();
  });

  it('has schemas with their versions and what changed', async () => {
    const { body } = await operator.get('/v1/operations/schemas');
    const subject = 'orders-orderstream.orders.OrderCreated';
    const found = body.items.find((each: { subject: string }) => each.subject === subject);
    expect(found).toMatchObject({ eventType: 'order.created', topic: 'orders' });
    const { version } = found.versions.at(-1);
    const path = `/v1/operations/schemas/${subject}/versions`;
    const current = await operator.get(`${path}/${version}`);
    expect(current.body).toMatchObject({ isCurrent: true, schema: { name: 'OrderCreated' } });
    expect((await operator.get(`${path}/${version + 1}`)).status).toBe(404);
    expect((await operator.get('/v1/operations/schemas/x/versions/1')).status).toBe(404);
  });

  it('leads to things of all tenants, and to who has what', async () => {
    const customerId = `customer-${randomUUID()}`;
    const orderId = await client.createOrder(customerId);
    const events = await eventually(async () => {
      const { body } = await client.get(`/v1/orders/${orderId}/events`);
      expect(body.items).toHaveLength(1);
      return body.items;
    });
    const [{ eventId, position, metadata }] = events;
    const { tenant, actor: keyId } = metadata;
    const found = async (q: string) =>
      (await operator.get(`/v1/operations/search?q=${encodeURIComponent(q)}`)).body.items;
    await eventually(async () => {
      expect(await found(orderId)).toEqual([{ kind: 'order', id: orderId, tenant, label: 'created' }]);
      expect(await found(eventId)).toEqual([{ kind: 'event', id: eventId, tenant, label: position }]);
      expect(await found(position)).toEqual([{ kind: 'position', id: position, label: 'orders' }]);
      expect(await found(customerId)).toEqual([
        { kind: 'customer', id: customerId, tenant, label: 'customer' },
      ]);
      expect(await found(tenant)).toEqual([{ kind: 'tenant', id: tenant, tenant, label: 'tenant' }]);
    });
    const tenants = await allPages<{ tenant: string }>(operator, '/v1/operations/tenants?limit=3');
    expect(tenants).toContainEqual({ tenant, validKeys: 1, hasOwnLimits: false });
    const keys = await operator.get(`/v1/operations/keys?tenant=${tenant}`);
    expect(keys.body.items).toEqual([
      expect.objectContaining({
        keyId,
        tenant,
        state: 'valid',
        scopes: expect.arrayContaining(['orders:read']),
      }),
    ]);
    const partitions = await allPages<{
      topic: string;
      partition: number;
      writer?: object;
      dispatcher?: object;
    }>(operator, '/v1/operations/partitions?limit=40');
    const [topic, partition] = position.split(/[/@]/);
    expect(partitions).toContainEqual({
      topic,
      partition: Number(partition),
      writer: {
        address: expect.stringMatching(/^http:/),
        claim: expect.stringContaining(`${topic}/${partition}@`),
      },
      dispatcher: { owner: expect.any(String), scannedOffset: expect.any(Number) },
    });
    expect((await operator.get('/v1/operations/search')).body.errors[0].pointer).toBe('/q');
    expect((await client.get(`/v1/operations/search?q=${orderId}`)).status).toBe(403);
  });
});
