import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { minorUnitsOf, moneyText } from './money';

const DECIMALS = { EUR: 2, JPY: 0, KWD: 3 } as const;
const currencies = fc.constantFrom<keyof typeof DECIMALS>('EUR', 'JPY', 'KWD');
const amounts = fc.integer({ min: 0, max: 1_000_000_000 });

describe('an amount that a person types', () => {
  it('is read as what it is shown as', () => {
    fc.assert(
      fc.property(currencies, amounts, (currency, amount) => {
        const typed = moneyText(amount, currency).replace(/[^\d.]/g, '');
        expect(minorUnitsOf(typed, currency)).toBe(amount);
      }),
    );
  });

  it('may leave out decimals, but not have more than the currency', () => {
    fc.assert(
      fc.property(currencies, amounts, (currency, whole) => {
        const decimals = DECIMALS[currency];
        expect(minorUnitsOf(` ${whole} `, currency)).toBe(whole * 10 ** decimals);
        expect(minorUnitsOf(`${whole}.${'1'.repeat(decimals + 1)}`, currency)).toBeUndefined();
      }),
    );
  });

  it.each(['', '-1', '1,5', '1e3', 'ten', '.5', '1.2.3'])('is none: %p', (text) => {
    expect(minorUnitsOf(text, 'EUR')).toBeUndefined();
  });
});
