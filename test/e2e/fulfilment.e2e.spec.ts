import { randomUUID } from 'node:crypto';
import { allEvents } from './commands.fixture.js';
import { Fulfilment, gatewayOperations, WITH_FULFILMENT } from './fulfilment.fixture.js';
import { type Client, eventually, useSharedSystem } from './system.fixture.js';

describe('the fulfilment of an order', () => {
  const { system } = useSharedSystem({ settings: WITH_FULFILMENT });
  let client: Client;
  let shop: Fulfilment;
  let sku: string;
  beforeEach(async () => {
    client = await system.client();
    shop = new Fulfilment(client);
    sku = `sku-${randomUUID()}`;
    await shop.receive(sku, 10);
  });

  /** Their payments take as long as a payment may, so they begin before all tests. */
  let unpaid: {
    readonly shop: Fulfilment;
    readonly sku: string;
    readonly orderId: string;
    readonly confirmedByHand: string;
  };
  beforeAll(async () => {
    const owner = await system.client();
    const ofUnpaid = new Fulfilment(owner);
    const item = `sku-${randomUUID()}`;
    await ofUnpaid.receive(item, 10);
    const wish = { items: [{ sku: item, quantity: 2 }], token: 'tok_timeout' };
    const [orderId, confirmedByHand] = [await ofUnpaid.order(wish), await ofUnpaid.order(wish)];
    expect((await owner.step(confirmedByHand, 'confirmed')).status).toBe(200);
    unpaid = { shop: ofUnpaid, sku: item, orderId, confirmedByHand };
  });

  const ordered = (quantity = 2, more: object = {}) => shop.order({ items: [{ sku, quantity }], ...more });

  it('reserves, pays, confirms and tells the customer; ships, completes', async () => {
    // Lines of one sku are one reservation.
    const orderId = await shop.order({
      items: [
        { sku, quantity: 2 },
        { sku, quantity: 1 },
      ],
    });
    await shop.reaches(orderId, 'confirmed');
    expect(await shop.stock(sku)).toEqual({ onHand: 10, reserved: 3, available: 7 });
    expect(await shop.payment(orderId)).toMatchObject({ status: 'captured', amount: 2_850, refunded: 0 });
    expect(await gatewayOperations(orderId)).toEqual(['authorize', 'capture']);
    expect(await shop.mails(orderId, 1)).toEqual(['order-confirmed']);
    await shop.processReaches(orderId, 'waiting');

    const shipped = { status: 'shipped', trackingNumber: '1Z999', carrier: 'UPS' };
    expect((await client.patch(`/v1/orders/${orderId}/status`, shipped)).status).toBe(200);
    await eventually(async () =>
      expect(await shop.stock(sku)).toEqual({ onHand: 7, reserved: 0, available: 7 }),
    );
    await client.step(orderId, 'delivered');
    await shop.reaches(orderId, 'completed');
    const process = await shop.processReaches(orderId, 'completed');
    expect(process).toMatchObject({ process: 'order-fulfilment', subject: orderId, timers: [], open: [] });
    expect(await shop.mails(orderId, 2)).toEqual(['order-confirmed', 'order-shipped']);
  });

  it('says of every event whose it is', async () => {
    const orderId = await ordered();
    await shop.reaches(orderId, 'confirmed');
    await shop.mails(orderId, 1);
    const items = await allEvents<{ readonly eventType: string; readonly data: unknown }>(
      client,
      '&eventTypes=order.*,payment.*,email.*,process.*',
    );
    const kinds = new Set(items.map(({ eventType }) => eventType.split('.')[0]));
    expect([...kinds].toSorted()).toEqual(['email', 'order', 'payment', 'process']);
    for (const { data } of items)
      expect(data).toMatchObject({ orderId, customerId: 'c-1', currency: 'EUR', total: 1_900 });
  });

  it.each([['tok_error_once'], ['tok_slow'], ['tok_twice']])('confirms once with %s', async (token) => {
    const orderId = await ordered(1, { token });
    await shop.reaches(orderId, 'confirmed');
    const operations = await gatewayOperations(orderId);
    expect(operations.filter((operation) => operation === 'capture')).toHaveLength(1);
    expect(await shop.mails(orderId, 1)).toEqual(['order-confirmed']);
  });

  it('has a person look at the payment if the card is from elsewhere, and goes on when approved', async () => {
    const orderId = await ordered(1, { token: 'tok_ok', country: 'FR', shippingAddress: { country: 'DE' } });
    await eventually(async () => expect(await shop.payment(orderId)).toMatchObject({ status: 'in-review' }));
    expect(await gatewayOperations(orderId)).toEqual([]);
    await client.post(`/v1/payments/${orderId}/review`, { decision: 'approve' });
    await shop.reaches(orderId, 'confirmed');
  });

  it('sells what there is, and not one more', async () => {
    const other = `sku-${randomUUID()}`;
    await shop.receive(other, 10);
    const wishes = Array.from({ length: 40 }, (_, index) => {
      const items = [
        { sku, quantity: 1 },
        { sku: other, quantity: 1 },
      ];
      return shop.order({ items: index % 2 === 0 ? items : items.toReversed() });
    });
    const orderIds = await Promise.all(wishes);
    await eventually(async () => {
      const orders = await Promise.all(orderIds.map(shop.read));
      expect(orders.filter(({ status }) => status === 'created')).toEqual([]);
    });
    const orders = await Promise.all(orderIds.map(shop.read));
    const confirmed = orders.filter(({ status }) => status === 'confirmed').length;
    expect(confirmed).toBeGreaterThan(0);
    await eventually(async () => {
      expect(await shop.stock(sku)).toEqual({ onHand: 10, reserved: confirmed, available: 10 - confirmed });
      expect(await shop.stock(other)).toEqual({ onHand: 10, reserved: confirmed, available: 10 - confirmed });
    });
    for (const { status, cancellation } of orders)
      if (status === 'cancelled') expect(cancellation.cause).toBe('out-of-stock');
  });

  it('carries an order of a thousand articles, and keeps no other waiting', async () => {
    const items = Array.from({ length: 999 }, (_, index) => ({ sku: `${sku}-${index}`, quantity: 1 }));
    const large = await shop.order({ items: [{ sku, quantity: 1 }, ...items] });
    const small = await ordered(1);
    await shop.reaches(small, 'confirmed');
    await shop.reaches(large, 'confirmed');
    await client.step(large, 'shipped');
    await eventually(async () => expect(await shop.stock(sku)).toMatchObject({ onHand: 9, reserved: 1 }));
  });

  it('takes an order that an operator moves by hand', async () => {
    const orderId = await ordered(1, { token: 'tok_review' });
    await eventually(async () => expect(await shop.payment(orderId)).toMatchObject({ status: 'in-review' }));
    expect((await client.step(orderId, 'confirmed')).status).toBe(200);
    await client.post(`/v1/payments/${orderId}/review`, { decision: 'approve' });
    await eventually(async () => expect(await shop.payment(orderId)).toMatchObject({ status: 'captured' }));
    await shop.processReaches(orderId, 'waiting');
    expect((await client.step(orderId, 'confirmed')).body.code).toBe('order-status-step-forbidden');
  });

  it('reminds of an abandoned cart once, and orders one that is checked out', async () => {
    const customer = { id: 'c-1', email: 'ada@example.com' };
    await client.put('/v1/carts/basket', { customer, currency: 'EUR' });
    const fill = (quantity: number) =>
      client.put(`/v1/carts/basket/items/${sku}`, { quantity, unitPrice: 500 });
    await fill(1);
    const status = async () => (await client.get('/v1/carts/basket')).body.status;
    await eventually(async () => expect(await status()).toBe('abandoned'));
    await fill(2);
    await eventually(async () => expect(await status()).toBe('abandoned'));
    const reminder = { template: 'cart-reminder', status: 'sent', to: 'ada@example.com' };
    const reminders = async () => (await client.get('/v1/notifications?cartId=basket')).body.items;
    await eventually(async () => expect(await reminders()).toMatchObject([reminder]));

    const { body: order } = await client.post('/v1/carts/basket/checkout', {});
    await shop.reaches(order.orderId, 'confirmed');
    expect(await shop.stock(sku)).toMatchObject({ reserved: 2 });
    expect((await client.post('/v1/carts/basket/checkout', {})).body.orderId).toBe(order.orderId);
    await eventually(async () => expect(await status()).toBe('checked-out'));
    expect(await reminders()).toMatchObject([reminder]);
  });

  it('keeps processes from other tenants', async () => {
    const orderId = await ordered();
    await shop.reaches(orderId, 'confirmed');
    await shop.processReaches(orderId, 'waiting');
    const stranger = await system.client();
    expect((await stranger.get(`/v1/processes/${orderId}`)).status).toBe(404);
    expect((await stranger.post(`/v1/processes/${orderId}/cancel`, {})).status).toBe(404);
    expect((await stranger.post(`/v1/processes/${orderId}/retry`, {})).status).toBe(404);
    expect((await stranger.get('/v1/processes')).body.items).toEqual([]);
    expect((await client.get('/v1/processes?state=waiting&limit=5')).body.items).toHaveLength(1);
    expect((await client.get('/v1/processes?olderThanMs=3600000')).body.items).toEqual([]);
    expect((await client.get('/v1/processes?state=odd')).status).toBe(400);
  });

  describe('cancels the order, and tells why, when', () => {
    const cancelled = async (orderId: string, cause: string) => {
      const { cancellation } = await shop.reaches(orderId, 'cancelled');
      expect(cancellation.cause).toBe(cause);
      await shop.processReaches(orderId, 'compensated');
      expect(await shop.stock(sku)).toEqual({ onHand: 10, reserved: 0, available: 10 });
      return shop.triggers(orderId);
    };

    it('there is too little stock', async () => {
      const orderId = await ordered(11);
      expect(await cancelled(orderId, 'out-of-stock')).toContain('reserve: rejected');
      expect(await gatewayOperations(orderId)).toEqual([]);
      await eventually(async () =>
        expect(await shop.payment(orderId)).toMatchObject({ status: 'voided', version: 1 }),
      );
      expect(await shop.mails(orderId, 1)).toEqual(['order-cancelled']);
    });

    it('the payment is declined', async () => {
      const orderId = await ordered(2, { token: 'tok_decline' });
      expect(await cancelled(orderId, 'payment-failed')).toContain('authorize: declined');
      expect(await shop.payment(orderId)).toMatchObject({ status: 'failed', cause: 'declined' });
      expect(await shop.mails(orderId, 2)).toEqual(['order-cancelled', 'payment-failed']);
    });

    it('a reviewer rejects the payment', async () => {
      const orderId = await ordered(2, { token: 'tok_review' });
      await eventually(async () =>
        expect(await shop.payment(orderId)).toMatchObject({ status: 'in-review' }),
      );
      await client.post(`/v1/payments/${orderId}/review`, { decision: 'reject' });
      await cancelled(orderId, 'payment-rejected');
      expect(await gatewayOperations(orderId)).toEqual(['authorize', 'void']);
    });

    it('the payment takes too long', async () => {
      ({ shop, sku } = unpaid);
      const { orderId, confirmedByHand } = unpaid;
      for (const each of [orderId, confirmedByHand]) await shop.processReaches(each, 'compensated');
      await cancelled(confirmedByHand, 'payment-timed-out');
      await eventually(async () =>
        expect(await shop.payment(confirmedByHand)).toMatchObject({ status: 'voided' }),
      );
      const triggers = await cancelled(orderId, 'payment-timed-out');
      expect(triggers.filter((trigger) => trigger === 'timer payment-timeout')).toHaveLength(1);
      expect(await gatewayOperations(orderId)).not.toContain('capture');
    });

    it('the customer asks for it, and gives the money back', async () => {
      const orderId = await ordered();
      await shop.reaches(orderId, 'confirmed');
      await client.step(orderId, 'cancelled');
      await cancelled(orderId, 'requested');
      expect(await shop.payment(orderId)).toMatchObject({ status: 'refunded', refunded: 1_900 });
      expect(await shop.mails(orderId, 3)).toEqual([
        'order-cancelled',
        'order-confirmed',
        'payment-refunded',
      ]);
    });

    it('an operator cancels its process', async () => {
      const orderId = await ordered(2, { token: 'tok_review' });
      await eventually(async () =>
        expect(await shop.payment(orderId)).toMatchObject({ status: 'in-review' }),
      );
      const answer = await client.post(`/v1/processes/${orderId}/cancel`, { reason: 'fraud' });
      expect([answer.status, answer.body.processId]).toEqual([202, orderId]);
      expect((await shop.reaches(orderId, 'cancelled')).cancellation).toEqual({
        cause: 'requested',
        reason: 'fraud',
      });
      expect((await client.post(`/v1/processes/${orderId}/cancel`, {})).body.code).toMatch(/^process-/);
    });
  });
});
