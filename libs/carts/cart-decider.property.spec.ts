import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import { type Cart, cartExists } from './cart.js';
import type { CartCommand } from './cart-commands.js';
import { cartDecider } from './cart-decider.js';

const { decide, evolve, initialState } = cartDecider;

const cartId = fc.constant('basket');
/** Few, so that they meet again; among them what JavaScript treats in its own way. */
const sku = fc.constantFrom('tea', 'cup', '1', '__proto__', 'constructor');
const customer = fc.constantFrom(
  { id: 'c-1', email: 'ada@example.com', name: 'Ada' },
  { id: 'g-7', email: null, name: null },
);
const quantity = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.maxSafeNat());
const unitPrice = fc.oneof(fc.integer({ min: 0, max: 999 }), fc.maxSafeNat());

const command: fc.Arbitrary<CartCommand> = tagged('type', {
  'open-cart': [2, { cartId, customer, currency: fc.constantFrom('EUR', 'JPY'), fulfilment: fc.boolean() }],
  'set-item': [5, { cartId, sku, quantity, unitPrice }],
  'remove-item': [2, { cartId, sku }],
  'check-out': [
    1,
    {
      cartId,
      orderId: fc.uuid(),
      payment: fc.constantFrom(null, { token: 'tok_ok', country: null }),
      shippingAddress: fc.constant(null),
      metadata: fc.constant({}),
    },
  ],
  'abandon-cart': [2, { cartId, ifVersion: fc.integer({ min: 0, max: 30 }) }],
});
const commands = fc.array(command, { maxLength: 40 });

/** The cart once more, by other means: exact numbers, and a map of articles. */
function expectSound(cart: Cart, version: number): void {
  if (!cartExists(cart)) return expect(version).toBe(0);
  const lines = new Map(cart.items.map((item) => [item.sku, BigInt(item.quantity) * BigInt(item.unitPrice)]));
  expect(lines.size).toBe(cart.items.length);
  expect(BigInt(cart.total)).toBe([...lines.values()].reduce((sum, each) => sum + each, 0n));
  expect(cart.changes).toBe(version);
  expect(cart.checkout !== null).toBe(cart.status === 'checked-out');
  if (cart.status !== 'open') expect(cart.items.length).toBeGreaterThan(0);
}

describe('any sequence of cart commands', () => {
  itForAll(
    'keeps the total exact, an article in one line, and an ended cart as it was',
    [commands],
    (all) => {
      let [cart, version] = [initialState, 0];
      for (const each of all) {
        const decision = decide(each, cart);
        if (!decision.ok) {
          expect(decision.problem.detail).toMatch(/\w/);
          continue;
        }
        expect(decision.value.length).toBeLessThanOrEqual(1);
        if (cart.status === 'checked-out') expect(decision.value).toEqual([]);
        for (const event of decision.value) {
          cart = evolve(cart, event);
          version++;
          expect(event.data).toMatchObject({ cartId: 'basket', total: cartExists(cart) ? cart.total : 0 });
        }
        expectSound(cart, version);
      }
    },
  );

  itForAll('abandons once for each time that the cart was left alone', [commands], (all) => {
    let cart = initialState;
    for (const each of all) {
      const decision = decide(each, cart);
      if (decision.ok) cart = decision.value.reduce(evolve, cart);
      if (!cartExists(cart)) continue;
      const repeat: CartCommand = { type: 'abandon-cart', cartId: 'basket', ifVersion: cart.changes };
      const first = decide(repeat, cart);
      const left = first.ok ? first.value.reduce(evolve, cart) : cart;
      expect(decide(repeat, left)).toEqual({ ok: true, value: [] });
    }
  });

  itForAll('behaves the same after its state went through JSON', [commands], (all) => {
    let cart = initialState;
    for (const each of all) {
      const decision = decide(each, cart);
      expect(decide(each, JSON.parse(JSON.stringify(cart)) as Cart)).toEqual(decision);
      if (decision.ok) cart = decision.value.reduce(evolve, cart);
    }
  });
});
