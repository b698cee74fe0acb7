import { createOrderSchema } from './order-commands.schemas.js';

const order = {
  customer: { id: 'c-1' },
  currency: 'EUR',
  items: [{ sku: 'tea', quantity: 1, unitPrice: 250 }],
};
const isValid = (payment: unknown) => createOrderSchema.safeParse({ ...order, payment }).success;

describe('the payment of an order body', () => {
  it.each([
    { token: 'tok_ok' },
    { token: 'x'.repeat(255), country: 'DE' },
    { token: 'pm 1_A' },
    // Too short and too long for a card number.
    { token: '12345678901' },
    { token: '1'.repeat(20) },
  ])('may be %p', (payment) => expect(isValid(payment)).toBe(true));

  it.each([
    {},
    { token: '' },
    { token: 'x'.repeat(256) },
    { token: 'tok\n' },
    { token: 'tök' },
    { token: '4242424242424242' },
    { token: '4242 4242 4242 4242' },
    { token: '3782-822463-10005' },
    { token: '4242 4242 4242 4242 ' },
    { token: '4242--4242--4242--4242' },
    { token: '4242.4242.4242.4242' },
    { token: 'tok_ok', country: 'de' },
    { token: 'tok_ok', country: 'Germany' },
    { token: 'tok_ok', number: '1' },
    null,
  ])('is not %p', (payment) => expect(isValid(payment)).toBe(false));
});
