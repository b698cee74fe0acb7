import { CART_AGGREGATE, type CartCommand, cartStreamId, type CheckOut } from '#libs/carts';
import { processRequest } from '#libs/commands';
import { InMemoryCommands } from '#libs/commands/testing';
import { ORDER_AGGREGATE } from '#libs/orders';
import { CartCheckout, orderIdOfCart } from './cart-checkout.js';

const [tenant, cartId] = ['acme', 'basket'];
const orderId = orderIdOfCart(tenant, cartId);
const cause = { tenant, actor: 'key-1', correlationId: 'c', causationId: null };
const customer = { id: 'c-1', email: 'ada@example.com', name: 'Ada' };
const item = { sku: 'tea', quantity: 2, unitPrice: 450 };

const checkOut: CheckOut = {
  type: 'check-out',
  cartId,
  orderId,
  payment: { token: 'tok_ok', country: 'DE' },
  shippingAddress: { city: 'London' },
  metadata: { source: 'app' },
};

let ids = 0;
const requestOf = <Command extends CartCommand>(command: Command) =>
  processRequest({ ...cause, commandId: `test ${ids++}` }, cartStreamId(tenant, cartId), command);

async function start() {
  const commands = new InMemoryCommands();
  await commands.execute(
    CART_AGGREGATE,
    requestOf({ type: 'open-cart', cartId, customer, currency: 'EUR', fulfilment: true }),
  );
  await commands.execute(CART_AGGREGATE, requestOf({ type: 'set-item', cartId, ...item }));
  const orders = () => commands.events.filter(({ topic }) => topic === 'orders');
  return { commands, orders, checkout: new CartCheckout(commands, true) };
}

const created = {
  topic: 'orders',
  type: 'order.created',
  data: {
    orderId,
    customer,
    customerId: 'c-1',
    currency: 'EUR',
    items: [item],
    total: 900,
    shippingAddress: { city: 'London' },
    metadata: { source: 'app' },
    payment: { token: 'tok_ok', country: 'DE' },
    fulfilment: true,
  },
};

describe('the checkout of a cart', () => {
  it('creates an order of all that is in it, under an id of the cart', async () => {
    const { orders, checkout } = await start();
    const { stream } = await checkout.checkOut(requestOf(checkOut));
    expect(stream).toMatchObject({ version: 1, state: { orderId, status: 'created', total: 900 } });
    expect(orders()).toEqual([created]);
  });

  it('answers a repeat with the same order, whatever it says', async () => {
    const { orders, checkout } = await start();
    const first = await checkout.checkOut(requestOf(checkOut));
    const another = { ...checkOut, payment: null, metadata: {} };
    expect(await checkout.checkOut(requestOf(another))).toEqual(first);
    expect(orders()).toEqual([created]);
  });

  it('is completed by a repeat where the first attempt ended between cart and order', async () => {
    const { commands, orders, checkout } = await start();
    commands.beforeSend = (topic) => {
      if (topic === 'orders') throw new Error('the event store does not answer');
    };
    await expect(checkout.checkOut(requestOf(checkOut))).rejects.toThrow('does not answer');
    expect(orders()).toEqual([]);
    commands.beforeSend = () => {};
    await checkout.checkOut(requestOf({ ...checkOut, payment: null, metadata: {} }));
    expect(orders()).toEqual([created]);
  });

  it('is refused as the cart is', async () => {
    const { commands, orders, checkout } = await start();
    await commands.execute(CART_AGGREGATE, requestOf({ type: 'remove-item', cartId, sku: 'tea' }));
    await expect(checkout.checkOut(requestOf(checkOut))).rejects.toThrow('cart-empty');
    expect(orders()).toEqual([]);
  });
});

describe('the tasks of a cart', () => {
  const sent = { ...cause, actor: 'cart-abandonment', commandId: 'cart-abandonment 1' };

  it('creates the order that a dead checkout left out, once, and answers where it stands', async () => {
    const { commands, orders, checkout } = await start();
    await commands.execute(CART_AGGREGATE, requestOf(checkOut));
    const task = { type: 'order-cart', cartId } as const;
    const answer = await checkout.execute(task, sent);
    expect(answer).toEqual({ outcome: 'done', data: { status: 'created', version: 1 } });
    expect(await checkout.execute(task, { ...sent, commandId: 'cart-abandonment 2' })).toEqual(answer);
    await checkout.checkOut(requestOf(checkOut));
    expect(orders()).toEqual([created]);
  });

  it('finds the order that already went on', async () => {
    const { commands, checkout } = await start();
    await checkout.checkOut(requestOf(checkOut));
    const confirm = processRequest(sent, orderId, { type: 'confirm-order', orderId } as const);
    await commands.execute(ORDER_AGGREGATE, confirm);
    const answer = await checkout.execute({ type: 'order-cart', cartId }, sent);
    expect(answer).toMatchObject({ outcome: 'done' });
  });

  it('creates no order of a cart that is not checked out', async () => {
    const { orders, checkout } = await start();
    for (const id of [cartId, 'unknown'])
      expect(await checkout.execute({ type: 'order-cart', cartId: id }, sent)).toMatchObject({
        outcome: 'refused',
        code: 'cart-not-found',
      });
    expect(orders()).toEqual([]);
  });

  it('abandons a cart that nobody touched, and says how the cart is', async () => {
    const { checkout } = await start();
    const abandon = (ifVersion: number) =>
      checkout.execute({ type: 'abandon-cart', cartId, ifVersion }, { ...sent, commandId: `a ${ids++}` });
    expect(await abandon(1)).toEqual({ outcome: 'done', data: { status: 'open', version: 2 } });
    expect(await abandon(2)).toEqual({ outcome: 'done', data: { status: 'abandoned', version: 3 } });
    expect(await abandon(2)).toEqual({ outcome: 'done', data: { status: 'abandoned', version: 3 } });
  });
});

it('the order id of a cart is its own in each tenant', () => {
  const ids = [
    orderIdOfCart('a', 'b'),
    orderIdOfCart('b', 'b'),
    orderIdOfCart('a', 'c'),
    orderIdOfCart('a', 'B'),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(orderIdOfCart('a', 'b')).toBe(ids[0]);
});
