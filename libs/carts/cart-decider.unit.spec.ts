import { emptyStream } from '#libs/kernel';
import { specify } from '#libs/kernel/testing';
import type { CartCustomer, CartItem } from './cart.js';
import type { CartCommand } from './cart-commands.js';
import { cartDecider, MAX_CART_ITEMS } from './cart-decider.js';
import { cartDocument } from './cart-document.js';
import type { CartEvent } from './cart-events.js';

const [cartId, orderId] = ['basket', '0197a2f0-0000-7000-8000-000000000001'];
const ada: CartCustomer = { id: 'c-1', email: 'ada@example.com', name: 'Ada' };
const guest: CartCustomer = { id: 'g-7', email: null, name: null };
const tea: CartItem = { sku: 'tea', quantity: 2, unitPrice: 450 };
const cup: CartItem = { sku: 'cup', quantity: 1, unitPrice: 1_000 };

const open = (customer = ada, currency = 'EUR'): CartCommand => ({
  type: 'open-cart',
  cartId,
  customer,
  currency,
  fulfilment: true,
});
const set = (item: CartItem): CartCommand => ({ type: 'set-item', cartId, ...item });
const remove = (sku: string): CartCommand => ({ type: 'remove-item', cartId, sku });
const details = {
  orderId,
  payment: { token: 'tok_ok', country: 'DE' },
  shippingAddress: { city: 'London' },
  metadata: { source: 'app' },
};
const checkOut: CartCommand = { type: 'check-out', cartId, ...details };
const abandon = (ifVersion: number): CartCommand => ({ type: 'abandon-cart', cartId, ifVersion });

const common = (total: number, customerId = ada.id, currency = 'EUR') => ({
  cartId,
  customerId,
  currency,
  total,
});
const created: CartEvent = { type: 'cart.created', data: { ...common(0), customer: ada, fulfilment: true } };
const updated = (customer: CartCustomer, currency: string, total: number): CartEvent => ({
  type: 'cart.updated',
  data: { ...common(total, customer.id, currency), customer },
});
const itemSet = (item: CartItem, total: number): CartEvent => ({
  type: 'cart.item-set',
  data: { ...common(total), ...item },
});
const itemRemoved = (sku: string, total: number): CartEvent => ({
  type: 'cart.item-removed',
  data: { ...common(total), sku },
});
const abandoned = (...items: CartItem[]): CartEvent => ({
  type: 'cart.abandoned',
  data: { ...common(900), items },
});
const checkedOut = (...items: CartItem[]): CartEvent => ({
  type: 'cart.checked-out',
  data: { ...common(900), items, ...details },
});

const given = specify(cartDecider);
const after = (...facts: readonly CartEvent[]) => facts.reduce(cartDecider.evolve, cartDecider.initialState);

describe('a cart', () => {
  it('is created, and later gets another customer', () => {
    given().when(open()).then(created);
    given(created, itemSet(tea, 900))
      .when(open(guest))
      .then(updated(guest, 'EUR', 900));
  });

  it('keeps its currency while it holds prices, and says so', () => {
    given(created)
      .when(open(ada, 'JPY'))
      .then(updated(ada, 'JPY', 0));
    given(created, itemSet(tea, 900)).when(open(ada, 'JPY')).thenRefused('cart-currency-fixed');
    given(created, itemSet(tea, 900), itemRemoved('tea', 0))
      .when(open(ada, 'JPY'))
      .then(updated(ada, 'JPY', 0));
  });

  it('has one line for each article, and counts the total', () => {
    given(created).when(set(tea)).then(itemSet(tea, 900));
    given(created, itemSet(tea, 900)).when(set(cup)).then(itemSet(cup, 1_900));
    const more = { ...tea, quantity: 3 };
    given(created, itemSet(tea, 900)).when(set(more)).then(itemSet(more, 1_350));
    expect(after(created, itemSet(tea, 900), itemSet(cup, 1_900), itemSet(more, 2_350))).toMatchObject({
      items: [more, cup],
      total: 2_350,
    });
  });

  it('gives up articles', () => {
    given(created, itemSet(tea, 900), itemSet(cup, 1_900))
      .when(remove('tea'))
      .then(itemRemoved('tea', 1_000));
    given(created, itemSet(tea, 900)).when(remove('cup')).thenRefused('cart-item-not-found');
  });

  it('that does not exist takes no articles and cannot be checked out', () => {
    for (const command of [set(tea), remove('tea'), checkOut])
      given().when(command).thenRefused('cart-not-found');
  });

  it('is no more than the tenant may have, unless it is there already', () => {
    const opened = (existing: number): CartCommand =>
      ({ ...open(), quota: { existing, limit: 3 } }) as CartCommand;
    given().when(opened(2)).then(created);
    given().when(opened(3)).thenRefused('cart-limit-reached');
    given(created)
      .when(opened(3))
      .then(updated(ada, 'EUR', 0));
  });

  it(`holds ${MAX_CART_ITEMS} different articles at most`, () => {
    const full = Array.from({ length: MAX_CART_ITEMS }, (_, index) =>
      itemSet({ sku: `sku-${index}`, quantity: 1, unitPrice: 0 }, 0),
    );
    given(created, ...full)
      .when(set(tea))
      .thenRefused('cart-full');
    const known = { sku: 'sku-7', quantity: 2, unitPrice: 0 };
    given(created, ...full)
      .when(set(known))
      .then(itemSet(known, 0));
  });

  it('has no total that a number cannot represent exactly', () => {
    const most = { sku: 'gold', quantity: 1, unitPrice: Number.MAX_SAFE_INTEGER };
    given(created).when(set(most)).then(itemSet(most, Number.MAX_SAFE_INTEGER));
    given(created, itemSet(most, Number.MAX_SAFE_INTEGER)).when(set(tea)).thenRefused('cart-total-too-large');
  });
});

describe('a checkout', () => {
  it('keeps all that the order needs', () => {
    given(created, itemSet(tea, 900)).when(checkOut).then(checkedOut(tea));
  });

  it('of an empty cart is refused', () => {
    given(created).when(checkOut).thenRefused('cart-empty');
    given(created, itemSet(tea, 900), itemRemoved('tea', 0)).when(checkOut).thenRefused('cart-empty');
  });

  it('happens once: a repeat changes nothing, whatever it says', () => {
    const repeat: CartCommand = { ...checkOut, metadata: { another: 'label' } };
    given(created, itemSet(tea, 900), checkedOut(tea)).when(repeat).thenNothing();
  });

  it('is final', () => {
    for (const command of [open(guest), set(cup), remove('tea')])
      given(created, itemSet(tea, 900), checkedOut(tea)).when(command).thenRefused('cart-checked-out');
    given(created, itemSet(tea, 900), checkedOut(tea)).when(abandon(3)).thenNothing();
  });

  it('is possible for an abandoned cart', () => {
    given(created, itemSet(tea, 900), abandoned(tea)).when(checkOut).then(checkedOut(tea));
  });
});

describe('abandonment', () => {
  it('needs an open cart with articles that nobody touched since', () => {
    given(created, itemSet(tea, 900)).when(abandon(2)).then(abandoned(tea));
    given(created, itemSet(tea, 900), itemSet(tea, 900)).when(abandon(2)).thenNothing();
    given(created).when(abandon(1)).thenNothing();
    given().when(abandon(0)).thenNothing();
  });

  it('happens once, until the customer returns', () => {
    const facts = [created, itemSet(tea, 900), abandoned(tea)];
    for (const version of [2, 3])
      given(...facts)
        .when(abandon(version))
        .thenNothing();
    given(...facts, itemSet(tea, 900))
      .when(abandon(4))
      .then(abandoned(tea));
  });

  it.each([
    ['an article is set', set(cup), itemSet(cup, 1_900)],
    ['an article is removed', remove('tea'), itemRemoved('tea', 0)],
    ['the cart is put again', open(), updated(ada, 'EUR', 900)],
  ])('ends when %s', (_, command, event) => {
    const facts = [created, itemSet(tea, 900), abandoned(tea)];
    expect(after(...facts).status).toBe('abandoned');
    given(...facts)
      .when(command)
      .then(event);
    expect(after(...facts, event).status).toBe('open');
  });
});

describe('the document of a cart', () => {
  const time = '2026-01-01T00:00:00.000Z';
  const documentOf = (...facts: CartEvent[]) =>
    cartDocument({
      tenant: 't',
      version: facts.length,
      createdAt: time,
      updatedAt: time,
      state: after(...facts),
    });

  it('names its order once it is checked out, and never the payment token', () => {
    const expected = {
      cartId,
      version: 2,
      customer: ada,
      currency: 'EUR',
      items: [tea],
      total: 900,
      createdAt: time,
      updatedAt: time,
    };
    expect(documentOf(created, itemSet(tea, 900))).toEqual({ ...expected, status: 'open' });
    const document = documentOf(created, itemSet(tea, 900), checkedOut(tea));
    expect(document).toEqual({ ...expected, version: 3, status: 'checked-out', orderId });
    expect(JSON.stringify(document)).not.toContain('tok_ok');
  });

  it('does not exist without an event', () => {
    expect(() => cartDocument(emptyStream(cartDecider.initialState))).toThrow(/without events/);
  });
});
