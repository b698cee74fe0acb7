/** Codes of ISO 4217 that do not have two decimals. */
const OTHER_DECIMALS: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  // ISO 4217 gives these no minor unit ("N.A."): metals, units of account, codes for tests. They are counted whole.
  [0, 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const DECIMALS: ReadonlyMap<string, number> = new Map(
  OTHER_DECIMALS.flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, decimals] as const)),
);

/**
 * The decimals of a currency, and so its minor unit. `Intl` would not do: its numbers change with the runtime, and it shows
 * two decimals of what has no minor unit.
 */
export const currencyDecimals = (currency: string): number => DECIMALS.get(currency) ?? 2;

/**
 * The amount with its decimal point: `12.90` for 1290 EUR. Exact up to 2^53 − 1, as the point is set in text: a division would
 * round.
 * @param minorUnits whole, from 0
 */
export function decimalAmount(minorUnits: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}
