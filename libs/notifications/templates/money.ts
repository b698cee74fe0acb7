import { currencyDecimals } from '#libs/kernel';

const LOCALE = 'en';
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known) return known;
  const decimals = currencyDecimals(currency);
  const made = new Intl.NumberFormat(LOCALE, {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  formats.set(currency, made);
  return made;
}

/**
 * Formats an amount as its currency is written: `€12.90`, `¥1,290`, `BHD 1.290`. Exact up to 2^53 − 1, as the decimal point
 * is set in text: a division would round.
 * @param minorUnits whole, from 0
 */
export function formatMoney(minorUnits: number, currency: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${minorUnits} ${currency}`;
  const decimals = currencyDecimals(currency);
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const decimal = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return formatOf(currency).format(decimal as Intl.StringNumericLiteral);
}
