import { currencyDecimals } from './currency.js';

it.each([
  [0, 'JPY KRW VND ISK CLP XAF'],
  [0, 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'],
  [2, 'EUR USD XCG XAD AFN ALL COP IRR LAK MGA MMK PKR RSD'],
  [3, 'BHD KWD TND IQD'],
  [4, 'CLF UYW'],
])('ISO 4217 has %i decimals for %s', (decimals, codes) => {
  for (const code of codes.split(' ')) expect([code, currencyDecimals(code)]).toEqual([code, decimals]);
});
