import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { allPages, pointersOf, problemOf } from './commands.fixture.js';
import { type Client, eventually, positionOf, useSharedSystem } from './system.fixture.js';

describe('stock over HTTP', () => {
  const { system, client } = useSharedSystem();

  const pathOf = (sku: string) => `/v1/stock/${encodeURIComponent(sku)}`;
  const receive = (sku: string, quantity: number, by = client, headers = {}) =>
    by.post(`${pathOf(sku)}/receipts`, { quantity }, headers);
  const adjust = (sku: string, quantity: number, by = client) =>
    by.post(`${pathOf(sku)}/adjustments`, { quantity, reason: 'count' });

  /** The read model follows the log a moment later. */
  const stockAt = (sku: string, version: number, by = client) =>
    eventually(async () => {
      const { status, body, headers } = await by.get(pathOf(sku));
      expect([status, body.version]).toEqual([200, version]);
      return { body, etag: headers.get('etag') };
    });

  it('answers receipts and adjustments with the stock item, its version and its position', async () => {
    const first = await receive('tea', 10);
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      sku: 'tea',
      version: 1,
      onHand: 10,
      reserved: 0,
      available: 10,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: first.body.createdAt,
    });
    const second = await adjust('tea', -3);
    const third = await receive('tea', 1);
    expect([second.status, second.body.onHand, second.body.version]).toEqual([201, 7, 2]);
    expect(third.body).toMatchObject({
      onHand: 8,
      available: 8,
      version: 3,
      createdAt: first.body.createdAt,
    });
    expect(third.headers.get('etag')).toBe('"3"');
    const positions = [first, second, third].map(positionOf);
    expect(new Set(positions.map((position) => position.split('@')[0])).size).toBe(1);
    expect(positions[0]).toMatch(/^inventory\/\d+@\d+$/);
    const offsets = positions.map((position) => Number(position.split('@')[1]));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(await stockAt('tea', 3)).toEqual({ body: third.body, etag: '"3"' });
  });

  it('adjusts what nothing is known of yet', async () => {
    const { status, body } = await adjust('found', 4);
    expect([status, body.onHand, body.version]).toEqual([201, 4, 1]);
  });

  it('refuses to go below zero with 409 and a code, and records nothing', async () => {
    await receive('cup', 2);
    for (const [sku, quantity] of [
      ['cup', -3],
      ['never-seen', -1],
    ] as const) {
      expect(problemOf(await adjust(sku, quantity))).toEqual([409, 'stock-below-zero']);
    }
    // The adjustment, and that there are none left.
    expect((await adjust('cup', -2)).body).toMatchObject({ version: 3, onHand: 0 });
    expect((await client.get(pathOf('never-seen'))).body.code).toBe('stock-not-found');
  });

  it('counts exactly, and refuses what it could not', async () => {
    const all = await receive('dust', Number.MAX_SAFE_INTEGER);
    expect(all.body).toMatchObject({ onHand: Number.MAX_SAFE_INTEGER });
    const more = await receive('dust', 1);
    expect(problemOf(more)).toEqual([409, 'stock-quantity-too-large']);
    expect((await stockAt('dust', 1)).body).toEqual(all.body);
  });

  it.each(['a/b', '/', '100% cotton', '%2F', 'Größe 42 茶 \u{1f375}', 'a?b#c;d&e=f+g', 'a\\b"c', '...', '-'])(
    'knows the sku %j by its percent-encoded name',
    async (sku) => {
      const { status, body } = await receive(sku, 1);
      expect([status, body.sku]).toEqual([201, sku]);
      expect((await stockAt(sku, 1)).body).toEqual(body);
    },
  );

  it.each(['/', '茶'])('takes a sku as long as is allowed, also of %s alone', async (character) => {
    const sku = character.repeat(100);
    expect((await receive(sku, 1)).body.sku).toBe(sku);
    await stockAt(sku, 1);
  });

  it.each([
    ['too long', 'x'.repeat(101)],
    ['a NUL character in it', 'a\0b'],
  ])('says of a sku what is wrong with it: %s', async (_, sku) => {
    for (const answer of [await receive(sku, 1), await adjust(sku, 1), await client.get(pathOf(sku))]) {
      expect(problemOf(answer)).toEqual([400, 'invalid-request']);
      expect(pointersOf(answer)).toEqual(['/sku']);
    }
  });

  it.each([
    ['receipts', 'no quantity', {}, '/quantity'],
    ['receipts', 'nothing', { quantity: 0 }, '/quantity'],
    ['receipts', 'less than nothing', { quantity: -1 }, '/quantity'],
    ['receipts', 'half a unit', { quantity: 1.5 }, '/quantity'],
    ['receipts', 'a quantity as text', { quantity: '1' }, '/quantity'],
    ['receipts', 'a number past 2^53', { quantity: 2 ** 53 }, '/quantity'],
    ['receipts', 'an unknown field', { quantity: 1, reason: 'none' }, '/reason'],
    ['adjustments', 'no quantity', { reason: 'count' }, '/quantity'],
    ['adjustments', 'nothing', { quantity: 0, reason: 'count' }, '/quantity'],
    ['adjustments', 'nothing, negative', '{"quantity":-0,"reason":"count"}', '/quantity'],
    ['adjustments', 'no reason', { quantity: 1 }, '/reason'],
    ['adjustments', 'an empty reason', { quantity: 1, reason: '' }, '/reason'],
    ['adjustments', 'too long a reason', { quantity: 1, reason: 'x'.repeat(1_001) }, '/reason'],
    ['adjustments', 'a NUL character', { quantity: 1, reason: 'a\0b' }, '/reason'],
    ['adjustments', 'a list', [], ''],
  ])('names the field of %s that is wrong: %s', async (what, _, body, pointer) => {
    const answer = await client.post(`${pathOf('wrong')}/${what}`, body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(pointersOf(answer)).toContain(pointer);
  });

  it('lists by sku, page by page', async () => {
    const lister = await system.client();
    const skus = ['b', 'B', 'a/1', 'a', '茶', '10', '9', 'a b', '\u0001'.repeat(100), 'z'];
    await Promise.all(skus.map((sku) => receive(sku, 1, lister)));
    await eventually(async () => {
      const found = await allPages<{ sku: string }>(lister, '/v1/stock?limit=1');
      expect(found.map(({ sku }) => sku)).toEqual(skus.toSorted());
    });
  });

  it.each([
    ['/v1/stock?limit=0', '/limit'],
    ['/v1/stock?pageToken=nonsense', '/pageToken'],
    ['/v1/stock?sku=tea', '/sku'],
    ['/v1/stock/tea?version=1', '/version'],
  ])('refuses %s', async (path, pointer) => {
    const answer = await client.get(path);
    expect([answer.status, pointersOf(answer)[0]]).toEqual([400, pointer]);
  });

  it('keeps tenants apart, also under the same sku', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => system.client()) as [Promise<Client>, Promise<Client>],
    );
    expect((await receive('shared', 3, one)).body).toMatchObject({ version: 1, onHand: 3 });
    await stockAt('shared', 1, one);
    expect((await other.get(pathOf('shared'))).status).toBe(404);
    expect((await other.get('/v1/stock')).body.items).toEqual([]);
    expect((await adjust('shared', -1, other)).body.code).toBe('stock-below-zero');
    expect((await receive('shared', 5, other)).body).toMatchObject({ version: 1, onHand: 5 });
    expect((await stockAt('shared', 1, other)).body.onHand).toBe(5);
    expect((await stockAt('shared', 1, one)).body.onHand).toBe(3);
  });

  it('wants an API key', async () => {
    const answer = await receive('tea', 1, client, { authorization: 'Bearer wrong' });
    expect(problemOf(answer)).toEqual([401, 'unauthorized']);
  });

  it('is told by webhooks, each article in order', async () => {
    const subscriber = await system.client();
    const receiver = await WebhookReceiver.start();
    try {
      const wanted = { callbackUrl: receiver.url, eventTypes: ['stock.*'] };
      const { body } = await subscriber.subscribe(wanted);
      await subscriber.createOrder();
      const answers = [
        await receive('茶/1', 10, subscriber),
        await adjust('茶/1', -2, subscriber),
        await receive('cup', 1, subscriber),
      ];
      await receiver.until((deliveries) => deliveries.length === 3);
      expect(receiver.wronglySigned(body.secret)).toEqual([]);
      const told = (sku: string) =>
        receiver.deliveries
          .filter(({ event }) => event.data.sku === sku)
          .map(({ event: { eventType, version, data } }) => ({ eventType, version, data }));
      expect(told('茶/1')).toEqual([
        { eventType: 'stock.received', version: 1, data: { sku: '茶/1', quantity: 10 } },
        { eventType: 'stock.adjusted', version: 2, data: { sku: '茶/1', quantity: -2, reason: 'count' } },
      ]);
      expect(told('cup')).toEqual([
        { eventType: 'stock.received', version: 1, data: { sku: 'cup', quantity: 1 } },
      ]);
      const positions = receiver.deliveries.map(({ headers }) => headers['orderstream-position']);
      expect(positions.toSorted()).toEqual(answers.map(positionOf).toSorted());
    } finally {
      await receiver.close();
    }
  });

  it('tells when a threshold is crossed, in the same append as what crossed it', async () => {
    const keeper = await system.client();
    const setThreshold = (lowAt: unknown) => keeper.request('PUT', `${pathOf('rare')}/threshold`, { lowAt });
    expect(problemOf(await setThreshold(null))).toEqual([404, 'stock-not-found']);
    const threshold = await setThreshold(3);
    expect([threshold.status, threshold.headers.get('etag')]).toEqual([200, '"1"']);
    expect(threshold.body).toMatchObject({ sku: 'rare', onHand: 0, lowAt: 3, version: 1 });
    expect((await setThreshold(3)).body).toEqual(threshold.body);
    expect((await receive('rare', 5, keeper)).body).toMatchObject({ version: 2 });
    const low = await adjust('rare', -2, keeper);
    expect(low.body).toMatchObject({ available: 3, lowAt: 3, version: 4 });
    await receive('rare', 1, keeper);
    expect((await stockAt('rare', 6, keeper)).body).toMatchObject({ available: 4, lowAt: 3 });
    expect((await setThreshold(null)).body).not.toHaveProperty('lowAt');
    for (const lowAt of [-1, 1.5, '3', undefined])
      expect(pointersOf(await setThreshold(lowAt))).toEqual(['/lowAt']);

    const told = await eventually(async () => {
      const { body } = await keeper.get('/v1/events?from=beginning&wait=0&eventTypes=stock.*');
      expect(body.items).toHaveLength(7);
      return body.items as { eventType: string; version: number; position: string; data: unknown }[];
    });
    expect(told.map(({ eventType }) => eventType)).toEqual([
      'stock.threshold-changed',
      'stock.received',
      'stock.adjusted',
      'stock.low',
      'stock.received',
      'stock.replenished',
      'stock.threshold-changed',
    ]);
    expect(told[3]?.data).toEqual({ sku: 'rare', available: 3, lowAt: 3 });
    expect(told[3]?.position).toBe(positionOf(low));
    expect(told[5]?.data).toEqual({ sku: 'rare', available: 4, lowAt: 3 });
  });

  it('is ready when both topics are', () =>
    eventually(async () => {
      const { status, body } = await client.get('/health/ready', { authorization: '' });
      expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(Object.keys(body.details ?? body.info)).toEqual(
        expect.arrayContaining(['orders-writer', 'inventory-writer']),
      );
    }));
});
