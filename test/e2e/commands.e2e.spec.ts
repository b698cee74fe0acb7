import { randomUUID } from 'node:crypto';
import {
  commandsOf,
  inDatabase,
  keyed,
  pointersOf,
  problemOf,
  range,
  REUSED,
  told,
} from './commands.fixture.js';
import { eventually, someOrder, useSharedSystem } from './system.fixture.js';

describe('commands over HTTP', () => {
  const { system, client } = useSharedSystem();

  const order = {
    ...someOrder(),
    shippingAddress: { city: 'Cork', zip: 'T12' },
    metadata: { a: '1', b: '2' },
  };
  const { step, receive, adjust, versionsOf } = commandsOf(client);
  const create = (key: string, body: unknown = order, by = client) => by.post('/v1/orders', body, keyed(key));

  describe('with an idempotency key', () => {
    it('create one order, however often they are sent, and give one answer', async () => {
      const key = randomUUID();
      const first = await create(key);
      expect(first.status).toBe(201);
      expect(told(await create(key))).toEqual(told(first));
      expect(await versionsOf(first.body.orderId, 1)).toEqual([1]);
    });

    it('create one order when they come at once', async () => {
      const key = randomUUID();
      const answers = await Promise.all(range(16).map(() => create(key)));
      for (const answer of answers) expect(told(answer)).toEqual(told(answers[0]!));
      expect(answers[0]!.status).toBe(201);
      expect(await versionsOf(answers[0]!.body.orderId, 1)).toEqual([1]);
    });

    it('get the answer of their creation, whatever the order has become', async () => {
      const key = randomUUID();
      const first = await create(key);
      await step(first.body.orderId, 'confirmed');
      await step(first.body.orderId, 'shipped');
      expect(told(await create(key))).toEqual(told(first));
      expect(first.body).toMatchObject({ status: 'created', version: 1 });
    });

    it.each([
      ['another customer', { ...order, customer: { id: 'c-2' } }],
      ['another quantity', { ...order, items: [{ ...order.items[0], quantity: 3 }] }],
      ['no metadata', { ...order, metadata: undefined }],
      ['another currency', { ...order, currency: 'USD' }],
    ])('are refused with another body: %s', async (_, body) => {
      const key = randomUUID();
      const first = await create(key);
      expect(problemOf(await create(key, body))).toEqual(REUSED);
      expect(told(await create(key))).toEqual(told(first));
    });

    it('are the same in whichever order their fields come', async () => {
      const key = randomUUID();
      const first = await create(key);
      const reversed = (value: unknown): unknown =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([name, member]) => [name, reversed(member)]),
            )
          : Array.isArray(value)
            ? value.map(reversed)
            : value;
      const again = JSON.stringify(reversed(order), null, 2);
      expect(again).not.toBe(JSON.stringify(order, null, 2));
      expect(told(await create(key, again))).toEqual(told(first));
    });

    it('are another tenant’s own under the same key', async () => {
      const key = randomUUID();
      const other = await system.client();
      const first = await create(key);
      const foreign = await create(key, { ...order, currency: 'USD' }, other);
      expect(foreign.status).toBe(201);
      expect(foreign.body.orderId).not.toBe(first.body.orderId);
      expect((await other.get(`/v1/orders/${first.body.orderId}`)).status).toBe(404);
      expect(told(await create(key))).toEqual(told(first));
    });

    it.each(['', ' ', 'with space', 'tab\tin it', 'größe', 'x'.repeat(256)])(
      'are refused with a key that is none, by its name: %j',
      async (key) => {
        for (const answer of [await create(key), await receive('malformed', 1, keyed(key))]) {
          expect(problemOf(answer)).toEqual([400, 'invalid-request']);
          expect(pointersOf(answer)).toEqual(['/Idempotency-Key']);
        }
      },
    );

    it.each(['x'.repeat(255), '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'])(
      'take every key that is one: %s',
      async (key) => {
        const sku = randomUUID();
        const first = await receive(sku, 1, keyed(key));
        expect(first.status).toBe(201);
        expect(told(await receive(sku, 1, keyed(key)))).toEqual(told(first));
      },
    );

    it('change an order once, and get the answer of then', async () => {
      const orderId = await client.createOrder();
      const key = keyed(randomUUID());
      const first = await step(orderId, 'confirmed', key);
      expect(first.body).toMatchObject({ status: 'confirmed', version: 2 });
      await client.patch(`/v1/orders/${orderId}/status`, {
        status: 'shipped',
        trackingNumber: 'T-1',
        carrier: 'UPS',
      });
      await step(orderId, 'delivered');
      expect(told(await step(orderId, 'confirmed', key))).toEqual(told(first));
      expect(problemOf(await step(orderId, 'cancelled', key))).toEqual(REUSED);
      expect(await versionsOf(orderId, 4)).toEqual([1, 2, 3, 4]);
    });

    it('are known before their version is looked at', async () => {
      const orderId = await client.createOrder();
      const headers = { ...keyed(randomUUID()), 'if-match': '"1"' };
      const first = await step(orderId, 'confirmed', headers);
      expect(first.status).toBe(200);
      await step(orderId, 'shipped');
      expect(told(await step(orderId, 'confirmed', headers))).toEqual(told(first));
      expect(problemOf(await step(orderId, 'cancelled', headers))).toEqual(REUSED);
      expect(problemOf(await step(orderId, 'delivered', { ...headers, ...keyed(randomUUID()) }))).toEqual([
        412,
        'version-mismatch',
      ]);
    });

    it('are not remembered when they were refused', async () => {
      const orderId = await client.createOrder();
      const key = keyed(randomUUID());
      expect((await step(orderId, 'shipped', key)).status).toBe(409);
      await step(orderId, 'confirmed');
      expect((await step(orderId, 'shipped', key)).body).toMatchObject({ status: 'shipped', version: 3 });
    });

    it('change stock once, and get the answer of then', async () => {
      const sku = randomUUID();
      const [received, adjusted] = [keyed(randomUUID()), keyed(randomUUID())];
      const first = await receive(sku, 10, received);
      const second = await adjust(sku, -4, adjusted);
      await receive(sku, 1);
      expect(told(await receive(sku, 10, received))).toEqual(told(first));
      expect(told(await adjust(sku, -4, adjusted))).toEqual(told(second));
      expect(second.body).toMatchObject({ onHand: 6, version: 2 });
      expect(problemOf(await adjust(sku, -5, adjusted))).toEqual(REUSED);
      expect(problemOf(await receive(sku, 10, adjusted))).toEqual(REUSED);
      expect((await receive(sku, 1)).body).toMatchObject({ onHand: 8, version: 4 });
    });
  });

  describe('conditional on a version', () => {
    it('let one of many clients have each version of an article', async () => {
      const sku = randomUUID();
      await receive(sku, 1);
      const won: number[] = [];
      const clients = range(64).map(async () => {
        for (let version = 1; version <= 5; version++) {
          const { status } = await receive(sku, 1, { 'if-match': `"${version}"` });
          expect([201, 412]).toContain(status);
          if (status === 201) won.push(version);
        }
      });
      await Promise.all(clients);
      expect(won.toSorted()).toEqual([1, 2, 3, 4, 5]);
      expect((await receive(sku, 1)).body.version).toBe(7);
    });

    it('let one of many clients take an order each step', async () => {
      const orderId = await client.createOrder();
      for (const [index, status] of ['confirmed', 'shipped', 'delivered', 'completed'].entries()) {
        const answers = await Promise.all(
          range(64).map(() => step(orderId, status, { 'if-match': `"${index + 1}"` })),
        );
        expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
        expect(answers.filter((answer) => answer.status === 412)).toHaveLength(63);
      }
      expect(await versionsOf(orderId, 5)).toEqual([1, 2, 3, 4, 5]);
    });

    it('are refused on what does not exist', async () => {
      const sku = randomUUID();
      expect(problemOf(await receive(sku, 1, { 'if-match': '"1"' }))).toEqual([412, 'version-mismatch']);
      expect(problemOf(await step(randomUUID(), 'confirmed', { 'if-match': '"1"' }))).toEqual([
        404,
        'order-not-found',
      ]);
      expect((await receive(sku, 1)).body).toMatchObject({ version: 1, onHand: 1 });
    });

    it('decide 200 that come at once on one stream, each on what the one before left', async () => {
      const sku = randomUUID();
      await receive(sku, 100);
      const answers = await Promise.all(range(200).map(() => adjust(sku, -1)));
      const taken = answers.filter(({ status }) => status === 201);
      expect(taken.map(({ body }) => body.onHand).toSorted((a, b) => a - b)).toEqual(range(100));
      expect(new Set(taken.map(({ headers }) => headers.get('orderstream-position'))).size).toBe(100);
      const refused = answers.filter(({ status }) => status !== 201);
      expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['stock-below-zero']));
    });
  });

  describe('that processes forward to each other', () => {
    const path = '/internal/forwarded-commands';
    const forwarded = (orderId: string) => [
      {
        topic: 'orders',
        timeLeftMs: 2_000,
        request: {
          streamId: orderId,
          command: { type: 'change-order-status', orderId, status: 'cancelled', reason: null },
          bytes: 1,
          tenant: 'anybody',
          actor: 'nobody',
          requestHash: null,
          correlationId: 'c',
          causationId: null,
          traceparent: null,
        },
      },
    ];

    it.each([
      ['no token', {}],
      ['another token', { 'orderstream-peer-token': 'x'.repeat(32) }],
      ['an empty token', { 'orderstream-peer-token': '' }],
    ])('are taken from nobody who shows %s', async (_, headers) => {
      const orderId = await client.createOrder();
      const answer = await client.post(path, forwarded(orderId), headers);
      expect(answer.status).toBe(404);
      expect((await client.post(path, 'no JSON', headers)).status).toBe(404);
      expect((await client.get(path, headers)).status).toBe(404);
      expect((await step(orderId, 'confirmed', { 'if-match': '"1"' })).body).toMatchObject({ version: 2 });
    });

    it('are taken from who knows the token, which is written down beside the partitions', async () => {
      const [owner] = await eventually(async () => {
        const owners = await inDatabase<{ token: string }>(
          system.databaseUrl,
          'select token from partition_owner',
        );
        expect(owners.length).toBeGreaterThan(0);
        return owners;
      });
      const answer = await client.post(path, forwarded(randomUUID()), {
        'orderstream-peer-token': owner!.token,
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject([
        { kind: 'result', result: { ok: false, problem: { code: 'order-not-found' } } },
      ]);
    });

    it('are not in the description of the API', async () => {
      const { body } = await client.get('/openapi.json');
      expect(JSON.stringify(body)).not.toContain('/internal');
    });
  });
});
