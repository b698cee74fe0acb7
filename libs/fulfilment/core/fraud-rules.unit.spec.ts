import { jest } from '@jest/globals';
import { type FraudRule, suspicionOf } from './index.js';

const ORDER = {
  currency: 'EUR',
  total: 10_000,
  payment: { token: 'tok', country: 'AT' },
  shippingAddress: { country: 'AT' },
};
type Screened = Parameters<typeof suspicionOf>[0];

const above: FraudRule = { rule: 'amount-above', currency: 'EUR', amount: 9_999 };
const country: FraudRule = { rule: 'country-mismatch' };
const often: FraudRule = { rule: 'orders-per-customer', orders: 3, withinMs: 60_000 };

const suspicion = (rules: readonly FraudRule[], more: Partial<Screened> = {}, orders = 1) =>
  suspicionOf({ ...ORDER, ...more }, rules, async () => orders);

describe('the fraud rules', () => {
  it('find nothing where there are none', async () => expect(await suspicion([])).toBeUndefined());

  it.each<[string, FraudRule, Partial<Screened>, number, boolean]>([
    ['an amount above the limit', above, {}, 1, true],
    ['an amount at the limit', above, { total: 9_999 }, 1, false],
    ['an amount in another currency', above, { currency: 'JPY' }, 1, false],
    ['a card from elsewhere', country, { shippingAddress: { country: 'DE' } }, 1, true],
    ['a card from there', country, {}, 1, false],
    ['a country in small letters', country, { shippingAddress: { country: 'at' } }, 1, false],
    ['a card from who knows where', country, { payment: { token: 'tok', country: null } }, 1, false],
    ['no payment', country, { payment: null, shippingAddress: { country: 'DE' } }, 1, false],
    ['no address', country, { shippingAddress: null }, 1, false],
    ['an address without a country', country, { shippingAddress: { city: 'Graz' } }, 1, false],
    ['a country that is written out', country, { shippingAddress: { country: 'Germany' } }, 1, false],
    ['more orders than allowed', often, {}, 4, true],
    ['as many orders as allowed', often, {}, 3, false],
  ])('judge %s', async (_, rule, order, orders, isSuspicious) => {
    expect((await suspicion([rule], order, orders)) !== undefined).toBe(isSuspicious);
  });

  it('give the reason of the first that matches, and ask nothing after it', async () => {
    const count = jest.fn(async () => 9);
    expect(await suspicionOf(ORDER, [country, above, often], count)).toMatch(/99\.99 EUR/);
    expect(count).not.toHaveBeenCalled();
    expect(await suspicionOf(ORDER, [often], count)).toMatch(/9 orders within 60 s/);
    expect(count).toHaveBeenCalledWith(60_000);
  });
});
