import { setTimeout as sleep } from 'node:timers/promises';
import { encodeLogCursor } from '#libs/event-streaming/core';
import { allEvents, pointersOf, problemOf } from './commands.fixture.js';
import { StreamClient } from './event-stream.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

interface Item {
  readonly eventId: string;
  readonly eventType: string;
  readonly version: number;
  readonly position: string;
  readonly data: { readonly orderId: string };
}

const placeOf = ({ position }: Item) => position.split('@')[0]!;
const offsetOf = ({ position }: Item) => Number(position.split('@')[1]);

describe('events without a public address', () => {
  const streams: StreamClient[] = [];

  const { system, client } = useSharedSystem({ clientFor: 'test' });
  afterEach(() => Promise.all(streams.splice(0).map((stream) => stream.close())));

  const poll = async (query: string): Promise<{ items: Item[]; cursor: string }> => {
    const { status, body } = await client.get(`/v1/events?${query}`);
    expect(status).toBe(200);
    expect(body.cursor).toEqual(expect.any(String));
    return body;
  };

  async function open(query = '', lastEventId?: string, apiKey = client.apiKey): Promise<StreamClient> {
    const stream = await StreamClient.open(system.app.url, apiKey, query, lastEventId);
    streams.push(stream);
    expect(stream.response.status).toBe(200);
    return stream;
  }

  const readAll = (limit: number, more?: string) => allEvents<Item>(client, more, limit);

  async function makeOrders(count: number): Promise<string[]> {
    const orderIds = await Promise.all(Array.from({ length: count }, () => client.createOrder()));
    for (const status of ['confirmed', 'shipped']) {
      for (const { status: answer } of await Promise.all(orderIds.map((id) => client.step(id, status))))
        expect(answer).toBe(200);
    }
    return orderIds;
  }

  function expectWholeAndInOrder(
    items: readonly Item[],
    orderIds: readonly string[],
    versions: number[],
  ): void {
    expect(new Set(items.map(({ eventId }) => eventId)).size).toBe(items.length);
    expect(items).toHaveLength(orderIds.length * versions.length);
    for (const orderId of orderIds) {
      const own = items.filter(({ data }) => data.orderId === orderId);
      expect(own.map(({ version }) => version)).toEqual(versions);
    }
    for (const place of new Set(items.map(placeOf))) {
      const offsets = items.filter((item) => placeOf(item) === place).map(offsetOf);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
  }

  it('come by pages from the beginning, as the order tells them', async () => {
    const orderIds = await makeOrders(8);
    const items = await readAll(5);
    expectWholeAndInOrder(items, orderIds, [1, 2, 3]);
    expectWholeAndInOrder(await readAll(500), orderIds, [1, 2, 3]);
    await eventually(async () => {
      const { body } = await client.get(`/v1/orders/${orderIds[0]}/events`);
      expect(items.filter(({ data }) => data.orderId === orderIds[0])).toEqual(body.items);
      expect(body.items).toHaveLength(3);
    });
  });

  it('come from now on without a cursor, and wake who waits', async () => {
    await client.createOrder();
    const { items, cursor } = await poll('wait=0');
    expect(items).toEqual([]);
    const waiting = poll(`after=${cursor}&wait=60`);
    await sleep(500);
    const made = Date.now();
    const orderId = await client.createOrder();
    const answer = await waiting;
    // The wait was not over.
    expect(Date.now() - made).toBeLessThan(55_000);
    expect(answer.items.map(({ data }) => data.orderId)).toEqual([orderId]);

    const started = Date.now();
    const empty = await poll(`after=${answer.cursor}&wait=1`);
    expect(empty.items).toEqual([]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(950);
  });

  it('come from a time on', async () => {
    await client.createOrder();
    await sleep(100);
    const time = new Date().toISOString();
    await sleep(100);
    const after = [await client.createOrder(), await client.createOrder()];
    const found: Item[] = [];
    let place = `from=${time}`;
    while (found.length < 2) {
      const { items, cursor } = await poll(`${place}&wait=10`);
      found.push(...items);
      place = `after=${cursor}`;
    }
    expect(found.map(({ data }) => data.orderId).toSorted()).toEqual(after.toSorted());
    expect((await poll('from=2999-01-01T00:00:00Z&wait=0')).items).toEqual([]);
  });

  it('are those that were asked for', async () => {
    const [orderId] = await makeOrders(1);
    expect((await client.post('/v1/stock/tea/receipts', { quantity: 5 })).status).toBe(201);
    const typesOf = async (eventTypes: string) =>
      (await readAll(50, `&eventTypes=${eventTypes}`)).map(({ eventType }) => eventType);
    expect(await typesOf('order.updated')).toEqual(['order.confirmed', 'order.shipped']);
    expect(await typesOf('order.created,order.shipped')).toEqual(['order.created', 'order.shipped']);
    expect(await typesOf('stock.*')).toEqual(['stock.received']);
    expect((await typesOf('order.created&eventTypes=stock.received')).toSorted()).toEqual([
      'order.created',
      'stock.received',
    ]);
    expect(await typesOf('*')).toHaveLength(4);

    const stream = await open('?from=beginning&eventTypes=order.shipped');
    await eventually(() => expect(stream.items).toHaveLength(1));
    expect(stream.items[0]).toMatchObject({ eventType: 'order.shipped', data: { orderId } });
  });

  it('are the own tenant’s', async () => {
    const stranger = await system.client();
    const { cursor } = (await stranger.get('/v1/events?from=beginning&wait=0')).body;
    const stream = await open();
    const alien = await open('?from=beginning', undefined, stranger.apiKey);
    const orderId = await client.createOrder();
    await eventually(() => expect(stream.items.map(({ data }) => data.orderId)).toEqual([orderId]));
    const other = await stranger.get(`/v1/events?after=${cursor}&wait=1`);
    expect(other.body.items).toEqual([]);
    // The cursor has moved past what is not theirs.
    expect(other.body.cursor).not.toBe(cursor);
    expect(alien.events).toEqual([]);
  });

  it('go on by Last-Event-ID, without a gap or a repeat, across breaks and a restart', async () => {
    const orderIds = await makeOrders(6);
    const received: Item[] = [];
    const first = await open('?from=beginning');
    expect(first.response.headers.get('content-type')).toContain('text/event-stream');
    await eventually(() => expect(first.events.length).toBeGreaterThanOrEqual(7));
    expect(first.retryMs).toBeGreaterThan(0);
    await first.close();
    received.push(...first.items.slice(0, 7));

    const second = await open('?from=beginning', first.events[6]!.id);
    await eventually(() => expect(second.events).toHaveLength(11));
    const restarted = system.app.restart('SIGTERM');
    // The stream ends in order: the client need not guess.
    expect(await second.ended).toBe('closed');
    await restarted;
    received.push(...second.items);

    await Promise.all(orderIds.map((orderId) => client.step(orderId, 'delivered')));
    const third = await open(`?after=${second.lastEventId}`);
    await eventually(() => expect(third.events).toHaveLength(6));
    await Promise.all(orderIds.map((orderId) => client.step(orderId, 'completed')));
    await eventually(() => expect(third.events).toHaveLength(12));
    received.push(...third.items);
    expectWholeAndInOrder(received, orderIds, [1, 2, 3, 4, 5]);
  });

  it('do not hold up a stop', async () => {
    const stream = await open();
    const gone = await open();
    await gone.close();
    const { cursor } = await poll('wait=0');
    const waiting = client.get(`/v1/events?after=${cursor}&wait=60`);
    await sleep(300);
    await system.app.stop();
    const { status, body } = await waiting;
    expect([status, body.items]).toEqual([200, []]);
    expect(await stream.ended).toBe('closed');
    await system.app.restart();
  });

  it.each([
    ['eventTypes=order.eaten', '/eventTypes'],
    ['eventTypes=order.*,,stock.*', '/eventTypes'],
    ['after=nonsense', '/after'],
    ['from=yesterday', '/from'],
    ['from=beginning&after=abc', '/from'],
    ['limit=501', '/limit'],
    ['wait=61', '/wait'],
    ['wait=-1', '/wait'],
    ['colour=red', '/colour'],
  ])('are refused to %s', async (query, pointer) => {
    const answer = await client.get(`/v1/events?${query}`);
    expect([...problemOf(answer), pointersOf(answer)[0]]).toEqual([400, 'invalid-request', pointer]);
  });

  it('are refused to the cursor of another log', async () => {
    const cursor = encodeLogCursor([{ topic: 'orders', partition: 0, offset: 10 ** 12 }]);
    const { status, body } = await client.get(`/v1/events?after=${cursor}`);
    expect([status, body.errors[0].pointer]).toEqual([400, '/after']);
    const headers = { 'last-event-id': cursor };
    const stream = await client.get('/v1/events/stream', headers);
    expect([stream.status, stream.body.errors[0].pointer]).toEqual([400, '/Last-Event-ID']);
    expect((await client.request('HEAD', '/v1/events/stream')).status).toBe(200);
  });
});
