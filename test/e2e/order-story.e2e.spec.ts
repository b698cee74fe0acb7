import { randomUUID } from 'node:crypto';
import { makePrisma, ApiKeyRepository } from '#libs/postgres';
import { Fulfilment, WITH_FULFILMENT } from './fulfilment.fixture.js';
import { Client, eventually, positionOf, useSharedSystem } from './system.fixture.js';

interface Node {
  readonly eventId: string;
  readonly eventType: string;
  readonly topic: string;
  readonly streamId: string;
  readonly version: number;
  readonly occurredAt: string;
  readonly position: string;
  readonly causationId?: string;
  readonly correlationId: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly change?: readonly {
    readonly pointer: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
}

describe('the story of an order', () => {
  const { system, client } = useSharedSystem({ settings: WITH_FULFILMENT });
  const sku = `sku-${randomUUID()}`;
  let shop: Fulfilment;
  let orderId: string;
  let nodes: readonly Node[];

  const story = (query = '', from: Client = client, id = orderId) =>
    from.get(`/v1/orders/${id}/story${query}`);
  const typesOf = (topic: string) =>
    nodes.filter((node) => node.topic === topic).map(({ eventType }) => eventType);

  beforeAll(async () => {
    shop = new Fulfilment(client);
    await client.put(`/v1/stock/${sku}/threshold`, { lowAt: 8 });
    await shop.receive(sku, 10);
    await client.subscribe({ callbackUrl: 'http://127.0.0.1:9/hook', eventTypes: ['order.created'] });
    const cart = `/v1/carts/cart-${randomUUID()}`;
    await client.put(cart, { customer: { id: 'c-1', email: 'ada@example.com' }, currency: 'EUR' });
    await client.put(`${cart}/items/${sku}`, { quantity: 3, unitPrice: 950 });
    const ordered = await client.post(`${cart}/checkout`, { payment: { token: 'tok_ok' } });
    expect(ordered.status).toBe(201);
    orderId = ordered.body.orderId;
    await shop.reaches(orderId, 'confirmed');
    await shop.mails(orderId, 1);
    const shipped = await client.step(orderId, 'shipped');
    await shop.mails(orderId, 2);
    nodes = await eventually(async () => {
      const { body } = await story('', client);
      const types: string[] = body.nodes.map(({ eventType }: Node) => eventType);
      expect(types).toContain('stock.shipped');
      expect(types.filter((type) => type === 'email.sent')).toHaveLength(2);
      expect(body.truncated).toBe(false);
      return body.nodes;
    });
    expect(
      (await client.get(`/v1/orders/${orderId}/story`, { 'orderstream-position': positionOf(shipped) }))
        .status,
    ).toBe(200);
  });

  it('has every event of the order, its cart, payment, stock, mails and process, in order of time', () => {
    expect(typesOf('orders')).toEqual(['order.created', 'order.confirmed', 'order.shipped']);
    expect(typesOf('payments')).toEqual(['payment.authorized', 'payment.captured']);
    // The reservation took the stock below its threshold: the alert names no order, and lies beside the event that does.
    expect(typesOf('inventory')).toEqual(['stock.reserved', 'stock.low', 'stock.shipped']);
    expect(typesOf('notifications')).toEqual(['email.sent', 'email.sent']);
    expect(typesOf('carts')).toContain('cart.checked-out');
    // Those of the order, and what the process of the cart knows of it.
    expect(typesOf('processes')).toContain('process.started');
    const times = nodes.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual(times.toSorted());
    expect(new Set(nodes.map(({ eventId }) => eventId)).size).toBe(nodes.length);
  });

  it('is a graph of causes that leads from what followed to the first event', () => {
    const byId = new Map(nodes.map((node) => [node.eventId, node]));
    const caused = nodes.filter(({ causationId }) => causationId !== undefined);
    expect(caused.length).toBeGreaterThan(6);
    for (const { causationId = '' } of caused) expect([...byId.keys()]).toContain(causationId);
    const mail = nodes.find(({ eventType }) => eventType === 'email.sent')!;
    let at = mail;
    while (at.causationId) at = byId.get(at.causationId)!;
    expect(at.correlationId).toBe(mail.correlationId);
  });

  it('tells what each event changed in its stream', () => {
    const changeOf = (type: string) => nodes.find(({ eventType }) => eventType === type)?.change;
    expect(changeOf('order.created')).toBeUndefined();
    expect(changeOf('order.confirmed')).toEqual([
      { pointer: '/status', before: 'created', after: 'confirmed' },
    ]);
    expect(changeOf('payment.captured')).toEqual(
      expect.arrayContaining([{ pointer: '/status', before: 'authorized', after: 'captured' }]),
    );
    expect(changeOf('stock.reserved')).toBeUndefined();
  });

  it('ends at a time that was asked for', async () => {
    const confirmed = nodes.find(({ eventType }) => eventType === 'order.confirmed')!;
    const { body } = await story(`?asOf=${confirmed.occurredAt}`);
    expect(body).toMatchObject({ status: 'confirmed', order: { status: 'confirmed' } });
    expect(body.nodes).toEqual(nodes.filter(({ occurredAt }) => occurredAt <= confirmed.occurredAt));
    expect((await story('?asOf=2001-01-01T00:00:00Z')).status).toBe(404);
  });

  it('has the deliveries of its events, for who may see them', async () => {
    const created = nodes.find(({ eventType }) => eventType === 'order.created')!;
    await eventually(async () => {
      const { body } = await story();
      expect(body.webhooks).toEqual({
        items: [
          {
            subscriptionId: expect.any(String),
            host: '127.0.0.1:9',
            eventId: created.eventId,
            status: 'retrying',
            attempts: expect.any(Number),
            lastAttemptAt: expect.any(String),
          },
        ],
        truncated: false,
      });
    });
    const prisma = makePrisma({ url: system.databaseUrl, poolSize: 1, timeoutMs: 5_000 });
    const [{ tenant }] =
      (await prisma.$queryRaw`select tenant from "order" where order_id = ${orderId}::uuid`) as [
        { tenant: string },
      ];
    const { key } = await new ApiKeyRepository(prisma).create({
      tenant,
      name: 'events',
      scopes: ['events:read'],
    });
    await prisma.$disconnect();
    const { status, body } = await story('', new Client(() => system.app.url, key));
    expect([status, body.webhooks, body.nodes[0]]).toEqual([200, undefined, nodes[0]]);
  });

  it('is nobody else’s, and says what is wrong with a question', async () => {
    const stranger = await system.client();
    expect((await story('', stranger)).body.code).toBe('order-not-found');
    expect((await story('', client, randomUUID())).status).toBe(404);
    expect((await story('', client, 'no-id')).status).toBe(404);
    expect((await story('?asOf=yesterday')).body.errors[0].pointer).toBe('/asOf');
  });
});
