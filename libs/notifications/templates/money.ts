import { currencyDecimals, decimalAmount } from '#libs/kernel';

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
 * Formats an amount as its currency is written: `€12.90`, `¥1,290`, `BHD 1.290`.
 * @param minorUnits whole, from 0
 */
export function formatMoney(minorUnits: number, currency: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${minorUnits} ${currency}`;
  return formatOf(currency).format(decimalAmount(minorUnits, currency) as Intl.StringNumericLiteral);
}
