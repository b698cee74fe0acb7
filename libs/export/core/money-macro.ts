import { currencyDecimals } from '#libs/kernel';

const CURRENCIES = Intl.supportedValuesOf('currency');
const MOST_DECIMALS = 4;

/** `money(minor, currency)`: an amount in minor units as an exact decimal number of the currency. */
export function moneyMacro(): string {
  const cases = [0, 1, 3, MOST_DECIMALS].flatMap((decimals) => {
    const codes = CURRENCIES.filter((code) => currencyDecimals(code) === decimals);
    if (codes.length === 0) return [];
    return [
      `when currency in (${codes.map((code) => `'${code}'`).join(', ')}) then ${(10 ** -decimals).toFixed(MOST_DECIMALS)}`,
    ];
  });
  return `create macro money(minor, currency) as minor * cast(case ${cases.join(' ')} else 0.01 end as decimal(5, ${MOST_DECIMALS}))`;
}
