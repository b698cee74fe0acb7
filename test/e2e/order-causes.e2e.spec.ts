import { randomUUID } from 'node:crypto';
import { Fulfilment, type OrderWish, WITH_FULFILMENT } from './fulfilment.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

interface Node {
  readonly eventId: string;
  readonly eventType: string;
  readonly causes: readonly string[];
  readonly data: { readonly trigger?: string; readonly template?: string };
}

/** By an event's name, the names of its causes; several where the order of two inputs is open. */
type Causes = Readonly<Record<string, string | readonly string[]>>;

/** A request is no event. */
const REQUEST = '';

/** A step of the process is called by what came in, and a mail by its template. */
const nameOf = ({ eventType, data }: Node): string => {
  if (eventType.startsWith('process.')) return `> ${data.trigger}`;
  return eventType.startsWith('email.') ? `mail ${data.template}` : eventType;
};

const CREATED: Causes = { 'order.created': REQUEST, '> order.created': 'order.created' };
const RESERVED: Causes = {
  'stock.reserved': '> order.created',
  '> reserve: done': 'stock.reserved',
  // A screening leaves no event.
  '> screen: passed': '> reserve: done',
};
/** The process hears of its own steps of the order by answer, and may hear of them by event before that. */
const OPTIONAL = new Set([
  '> order.confirmed',
  '> order.cancelled',
  '> order.completed',
  // The time to pay may be over before.
  '> authorize: no answer',
]);
const CONFIRMED = ['> order.confirmed', '> confirm: confirmed'];
const CANCELLED = ['> order.cancelled', '> cancel: cancelled'];
const PAID: Causes = {
  'payment.authorized': '> screen: passed',
  '> authorize: authorized': 'payment.authorized',
  'payment.captured': '> authorize: authorized',
  '> capture: captured': 'payment.captured',
  'order.confirmed': '> capture: captured',
  '> order.confirmed': 'order.confirmed',
  '> confirm: confirmed': 'order.confirmed',
  'mail order-confirmed': CONFIRMED,
  '> mail:confirmed: sent': 'mail order-confirmed',
};
const CALLED_OFF: Causes = {
  '> order.cancelled': 'order.cancelled',
  '> cancel: cancelled': 'order.cancelled',
  'mail order-cancelled': CANCELLED,
  '> mail:cancelled: sent': 'mail order-cancelled',
};
const RELEASED: Causes = { '> release: done': 'stock.released', 'order.cancelled': '> release: done' };
/** A payment that the process gives up, and what that undoes. */
const closedBy = (cause: string): Causes => ({
  'payment.voided': cause,
  '> close: voided': 'payment.voided',
  'stock.released': '> close: voided',
  ...RELEASED,
  ...CALLED_OFF,
});

describe('the direct causes of all events of an order that', () => {
  const { client } = useSharedSystem({ settings: WITH_FULFILMENT });
  let shop: Fulfilment;
  beforeAll(() => {
    shop = new Fulfilment(client);
  });

  async function order(wish: Partial<OrderWish> = {}, quantity = 2): Promise<string> {
    const sku = `sku-${randomUUID()}`;
    await shop.receive(sku, 10);
    return shop.order({ items: [{ sku, quantity }], ...wish });
  }

  const paymentIs = (orderId: string, status: string) =>
    eventually(async () => expect(await shop.payment(orderId)).toMatchObject({ status }));

  const review = (orderId: string, decision: 'approve' | 'reject') =>
    client.post(`/v1/payments/${orderId}/review`, { decision });

  /** Each event of the story is expected, and all that is expected is in it. Those of several topics get there one by one. */
  const expectCauses = (orderId: string, expected: Causes): Promise<void> =>
    eventually(async () => {
      const { body } = await client.get(`/v1/orders/${orderId}/story`);
      const nodes: readonly Node[] = body.nodes;
      const names = new Map(nodes.map((node) => [node.eventId, nameOf(node)]));
      const told = nodes.map((node) => {
        const found = node.causes.map((cause) => names.get(cause)).join(' + ');
        const allowed = [expected[nameOf(node)] ?? 'not expected at all'].flat();
        return { event: nameOf(node), causes: allowed.includes(found) ? found : { found, allowed } };
      });
      expect(told.filter(({ causes }) => typeof causes !== 'string')).toEqual([]);
      const required = Object.keys(expected).filter((name) => !OPTIONAL.has(name));
      expect([...names.values()]).toEqual(expect.arrayContaining(required));
    });

  it('comes from a cart, is paid, confirmed, shipped, refunded in part, delivered and completed', async () => {
    const sku = `sku-${randomUUID()}`;
    await client.put(`/v1/stock/${sku}/threshold`, { lowAt: 8 });
    await shop.receive(sku, 10);
    const cart = `/v1/carts/cart-${randomUUID()}`;
    await client.put(cart, { customer: { id: 'c-1', email: 'ada@example.com' }, currency: 'EUR' });
    await client.put(`${cart}/items/${sku}`, { quantity: 3, unitPrice: 950 });
    const { orderId } = (await client.post(`${cart}/checkout`, { payment: { token: 'tok_ok' } })).body;
    await shop.mails(orderId, 1);
    await client.step(orderId, 'shipped');
    await shop.mails(orderId, 2);
    expect((await client.post(`/v1/payments/${orderId}/refunds`, { amount: 100 })).status).toBe(201);
    await shop.mails(orderId, 3);
    await client.step(orderId, 'delivered');
    await shop.processReaches(orderId, 'completed');
    await expectCauses(orderId, {
      ...CREATED,
      ...RESERVED,
      ...PAID,
      'cart.checked-out': REQUEST,
      'order.created': 'cart.checked-out',
      // Those of the cart's process that name the order.
      '> cart.checked-out': 'cart.checked-out',
      '> order: created': '> cart.checked-out',
      'stock.low': '> order.created',
      'order.shipped': REQUEST,
      '> order.shipped': 'order.shipped',
      'stock.shipped': '> order.shipped',
      '> ship: done': 'stock.shipped',
      'mail order-shipped': '> order.shipped',
      '> mail:shipped: sent': 'mail order-shipped',
      'payment.refunded': REQUEST,
      '> payment.refunded': 'payment.refunded',
      'mail payment-refunded': '> payment.refunded',
      '> mail:refund-3: sent': 'mail payment-refunded',
      'order.delivered': REQUEST,
      '> order.delivered': 'order.delivered',
      'order.completed': '> order.delivered',
      '> order.completed': 'order.completed',
      '> complete: completed': 'order.completed',
    });
  });

  it('is refused by the gateway', async () => {
    const orderId = await order({ token: 'tok_decline' });
    await shop.mails(orderId, 2);
    await expectCauses(orderId, {
      ...CREATED,
      ...RESERVED,
      'payment.failed': '> screen: passed',
      '> authorize: declined': 'payment.failed',
      'stock.released': '> authorize: declined',
      ...RELEASED,
      ...CALLED_OFF,
      'mail payment-failed': '> authorize: declined',
      '> mail:payment-failed: sent': 'mail payment-failed',
      // One mail waits for the other.
      'mail order-cancelled': [...CANCELLED, '> mail:payment-failed: sent'],
    });
  });

  it('is reviewed by us and by the gateway, and rejected in the end', async () => {
    const orderId = await order({
      token: 'tok_review',
      country: 'FR',
      shippingAddress: { country: 'DE' },
    });
    await paymentIs(orderId, 'in-review');
    await review(orderId, 'approve');
    await eventually(async () =>
      expect(await shop.payment(orderId)).toMatchObject({ status: 'in-review', version: 3 }),
    );
    await review(orderId, 'reject');
    await shop.mails(orderId, 1);
    await expectCauses(orderId, {
      ...CREATED,
      'stock.reserved': '> order.created',
      '> reserve: done': 'stock.reserved',
      '> screen: flagged': '> reserve: done',
      'payment.flagged': ['> screen: flagged', '> payment.approved', '> flag: in-review'],
      '> flag: in-review': 'payment.flagged',
      'payment.approved': REQUEST,
      '> payment.approved': 'payment.approved',
      '> authorize: in-review': 'payment.flagged',
      'payment.rejected': REQUEST,
      '> payment.rejected': 'payment.rejected',
      ...closedBy('> payment.rejected'),
    });
  });

  it('is confirmed, cancelled, and paid back', async () => {
    const orderId = await order();
    await shop.mails(orderId, 1);
    await client.step(orderId, 'cancelled');
    await shop.mails(orderId, 3);
    await expectCauses(orderId, {
      ...CREATED,
      ...RESERVED,
      ...PAID,
      'order.cancelled': REQUEST,
      '> order.cancelled': 'order.cancelled',
      'mail order-cancelled': '> order.cancelled',
      '> mail:cancelled: sent': 'mail order-cancelled',
      'payment.refunded': '> order.cancelled',
      '> close: refunded': 'payment.refunded',
      '> payment.refunded': 'payment.refunded',
      'stock.released': '> close: refunded',
      '> release: done': 'stock.released',
      // One mail waits for the other.
      'mail payment-refunded': ['> mail:cancelled: sent', '> payment.refunded'],
      '> mail:refund-3: sent': 'mail payment-refunded',
    });
  });

  it('asks for more than there is', async () => {
    const orderId = await order({}, 11);
    await shop.mails(orderId, 1);
    await expectCauses(orderId, {
      ...CREATED,
      'stock.reservation-rejected': '> order.created',
      '> reserve: rejected': 'stock.reservation-rejected',
      'payment.voided': '> reserve: rejected',
      '> forgo: voided': 'payment.voided',
      ...CALLED_OFF,
      'order.cancelled': '> reserve: rejected',
    });
  });

  it('is not paid in time', async () => {
    const orderId = await order({ token: 'tok_timeout' });
    await shop.mails(orderId, 1);
    await expectCauses(orderId, {
      ...CREATED,
      ...RESERVED,
      '> authorize: no answer': '> screen: passed',
      // Set with the first step.
      '> timer payment-timeout': '> order.created',
      ...closedBy('> timer payment-timeout'),
    });
  });

  it('is given up by an operator', async () => {
    const orderId = await order({ token: 'tok_review' });
    await paymentIs(orderId, 'in-review');
    await shop.processReaches(orderId, 'waiting');
    await client.post(`/v1/processes/${orderId}/cancel`, { reason: 'fraud' });
    await shop.mails(orderId, 1);
    await expectCauses(orderId, {
      ...CREATED,
      ...RESERVED,
      'payment.flagged': '> screen: passed',
      '> authorize: in-review': 'payment.flagged',
      '> cancel': REQUEST,
      ...closedBy('> cancel'),
    });
  });
});
