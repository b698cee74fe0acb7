import { pointersOf, problemOf } from './commands.fixture.js';
import {
  type Answer,
  type Client,
  eventually,
  locationOf,
  positionOf,
  useSharedSystem,
} from './system.fixture.js';

const customer = { id: 'c-1', email: 'ada@example.com', name: 'Ada' };
const tea = { quantity: 2, unitPrice: 450 };

describe('carts over HTTP', () => {
  const { system, client } = useSharedSystem({ clientFor: 'test' });

  const pathOf = (cartId: string) => `/v1/carts/${encodeURIComponent(cartId)}`;
  const open = (cartId: string, body: object = {}, headers = {}, by: Client = client) =>
    by.put(pathOf(cartId), { customer, currency: 'EUR', ...body }, headers);
  const set = (cartId: string, sku: string, body: object = tea, headers = {}) =>
    client.put(`${pathOf(cartId)}/items/${encodeURIComponent(sku)}`, body, headers);
  const checkOut = (cartId: string, body?: object, headers = {}, by: Client = client) =>
    by.post(`${pathOf(cartId)}/checkout`, body, headers);
  /** The cart as the read model has it, once that has come as far. */
  const read = (cartId: string, after: Answer) =>
    client.get(pathOf(cartId), { 'orderstream-position': positionOf(after), prefer: 'wait=30' });

  it('fills a cart and checks it out', async () => {
    const created = await open('basket');
    expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"']);
    expect(positionOf(created)).toMatch(/^carts\/\d+@\d+$/);
    expect(created.body).toEqual({
      cartId: 'basket',
      status: 'open',
      version: 1,
      customer,
      currency: 'EUR',
      items: [],
      total: 0,
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: created.body.createdAt,
    });
    expect((await set('basket', 'tea')).body).toMatchObject({ version: 2, total: 900 });
    await set('basket', 'cup', { quantity: 1, unitPrice: 1_000 });
    const removed = await client.delete(`${pathOf('basket')}/items/cup`);
    expect([removed.status, removed.body.version, removed.body.total]).toEqual([200, 4, 900]);
    const again = await open('basket', { customer: { id: 'c-2' } });
    expect([again.status, again.body.customer]).toEqual([200, { id: 'c-2' }]);
    const shown = await read('basket', again);
    expect([shown.body, shown.headers.get('etag')]).toEqual([again.body, '"5"']);

    const details = { shippingAddress: { city: 'London' }, metadata: { source: 'app' } };
    const order = await checkOut('basket', { ...details, payment: { token: 'tok_ok', country: 'DE' } });
    expect([order.status, order.headers.get('etag')]).toEqual([201, '"1"']);
    expect(order.body).toMatchObject({
      ...details,
      status: 'created',
      version: 1,
      total: 900,
      currency: 'EUR',
      customer: { id: 'c-2' },
      items: [{ sku: 'tea', ...tea }],
    });
    expect(JSON.stringify(order.body)).not.toContain('tok_ok');
    expect(locationOf(order)).toBe(`/v1/orders/${order.body.orderId}`);
    const stored = await client.get(locationOf(order), { 'orderstream-position': positionOf(order) });
    expect(stored.body).toMatchObject({ orderId: order.body.orderId, total: 900 });
    await eventually(async () => {
      const { body } = await client.get(pathOf('basket'));
      expect(body).toMatchObject({ status: 'checked-out', version: 6, orderId: order.body.orderId });
    });
  });

  it('answers a second checkout with the same order, and changes nothing any more', async () => {
    await open('once');
    await set('once', 'tea');
    const first = await checkOut('once', { metadata: { a: '1' } });
    const second = await checkOut('once', { metadata: { b: '2' } });
    expect([second.status, second.body]).toEqual([201, first.body]);
    for (const name of ['location', 'etag', 'orderstream-position'])
      expect(second.headers.get(name)).toBe(first.headers.get(name));
    const refused = [
      await set('once', 'cup'),
      await open('once'),
      await client.delete(`${pathOf('once')}/items/tea`),
    ];
    for (const answer of refused) expect(problemOf(answer)).toEqual([409, 'cart-checked-out']);
  });

  it('makes one order of checkouts at the same time', async () => {
    await open('race');
    await set('race', 'tea');
    const answers = await Promise.all(Array.from({ length: 20 }, () => checkOut('race')));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.orderId)).size).toBe(1);
    const position = answers.map(positionOf)[0] ?? '';
    const { body } = await client.get('/v1/orders', { 'orderstream-position': position, prefer: 'wait=30' });
    expect(body.items).toHaveLength(1);
  });

  it('repeats the first answer under the same key, and refuses another request under it', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await open('keyed', {}, key);
    await set('keyed', 'tea');
    const repeat = await open('keyed', {}, key);
    expect([repeat.status, repeat.body, repeat.headers.get('etag')]).toEqual([201, first.body, '"1"']);
    expect(problemOf(await open('keyed', { currency: 'USD' }, key))).toEqual([422, 'idempotency-key-reused']);
    const order = await checkOut('keyed', {}, { 'idempotency-key': 'k-2' });
    expect((await checkOut('keyed', {}, { 'idempotency-key': 'k-2' })).body).toEqual(order.body);
  });

  it('changes only the version that If-Match names', async () => {
    await open('matched');
    expect((await set('matched', 'tea', tea, { 'if-match': '"1"' })).status).toBe(200);
    expect(problemOf(await set('matched', 'cup', tea, { 'if-match': '"1"' }))).toEqual([
      412,
      'version-mismatch',
    ]);
    expect(problemOf(await checkOut('matched', {}, { 'if-match': '"1"' }))).toEqual([
      412,
      'version-mismatch',
    ]);
    expect((await checkOut('matched', {}, { 'if-match': '"2"' })).status).toBe(201);
  });

  it('says why it refuses', async () => {
    expect(problemOf(await client.get(pathOf('none')))).toEqual([404, 'cart-not-found']);
    expect(problemOf(await set('none', 'tea'))).toEqual([404, 'cart-not-found']);
    expect(problemOf(await checkOut('none'))).toEqual([404, 'cart-not-found']);
    await open('refused');
    expect(problemOf(await checkOut('refused'))).toEqual([409, 'cart-empty']);
    expect(problemOf(await client.delete(`${pathOf('refused')}/items/tea`))).toEqual([
      404,
      'cart-item-not-found',
    ]);
    await set('refused', 'tea');
    expect(problemOf(await open('refused', { currency: 'JPY' }))).toEqual([409, 'cart-currency-fixed']);
    const most = { quantity: 1, unitPrice: Number.MAX_SAFE_INTEGER };
    expect(problemOf(await set('refused', 'gold', most))).toEqual([409, 'cart-total-too-large']);
  });

  it.each([
    ['an unknown currency', () => open('wrong', { currency: 'EURO' }), '/currency'],
    ['no customer', () => client.put(pathOf('wrong'), { currency: 'EUR' }), '/customer'],
    ['a malformed address', () => open('wrong', { customer: { id: 'c', email: 'x' } }), '/customer/email'],
    ['no quantity', () => set('wrong', 'tea', { unitPrice: 1 }), '/quantity'],
    ['a quantity of nothing', () => set('wrong', 'tea', { ...tea, quantity: 0 }), '/quantity'],
    ['a price with a fraction', () => set('wrong', 'tea', { ...tea, unitPrice: 1.5 }), '/unitPrice'],
    ['a card number', () => checkOut('wrong', { payment: { token: '4242424242424242' } }), '/payment/token'],
    ['an unknown field', () => checkOut('wrong', { coupon: 'x' }), '/coupon'],
    ['too long a cart id', () => open('x'.repeat(201)), '/cartId'],
    ['too long a sku', () => set('wrong', 'x'.repeat(101)), '/sku'],
  ])('names what is wrong: %s', async (_, send, pointer) => {
    const answer = await send();
    expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    expect(pointersOf(answer)).toContain(pointer);
  });

  it.each(['a/b', '100%', 'Größe 42 茶', '../orders', 'a?b#c'])(
    'knows the cart %j by its encoded id',
    async (id) => {
      const created = await open(id);
      expect([created.status, created.body.cartId]).toEqual([201, id]);
      expect((await set(id, 'a/b')).body.items).toEqual([{ sku: 'a/b', ...tea }]);
      expect((await read(id, created)).body.cartId).toBe(id);
    },
  );

  it('keeps the carts of tenants apart, and their orders', async () => {
    const other = await system.client();
    await open('mine');
    await set('mine', 'tea');
    expect((await other.get(pathOf('mine'))).status).toBe(404);
    expect((await open('mine', {}, {}, other)).status).toBe(201);
    await other.put(`${pathOf('mine')}/items/cup`, tea);
    const [mine, theirs] = [await checkOut('mine'), await checkOut('mine', {}, {}, other)];
    expect(mine.body.orderId).not.toBe(theirs.body.orderId);
    expect([mine.body.items[0].sku, theirs.body.items[0].sku]).toEqual(['tea', 'cup']);
  });

  it('tells subscribers whose cart it is, but not how it is paid', async () => {
    await open('told');
    await set('told', 'tea');
    await checkOut('told', { payment: { token: 'tok_secret' } });
    await eventually(async () => {
      const { body } = await client.get('/v1/events?eventTypes=cart.*&from=beginning');
      expect(body.items.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
        'cart.created',
        'cart.item-set',
        'cart.checked-out',
      ]);
      for (const { data } of body.items)
        expect(data).toMatchObject({ cartId: 'told', customerId: 'c-1', currency: 'EUR' });
      expect(JSON.stringify(body)).not.toContain('tok_secret');
    });
  });
});
