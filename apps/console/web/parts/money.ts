/** An amount of minor units with its currency, with as many decimals as the currency has. */
export function moneyText(minorUnits: number, currency: string): string {
  const format = formatOf(currency);
  return format.format(minorUnits / 10 ** decimalsOf(format));
}

/** Reads an amount that a person typed, such as `9.50`, as minor units; `undefined` if it is none. */
export function minorUnitsOf(text: string, currency: string): number | undefined {
  const [, whole = '', fraction = ''] = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.trim()) ?? [];
  const decimals = decimalsOf(formatOf(currency));
  if (whole === '' || fraction.length > decimals) return undefined;
  return Number(whole + fraction.padEnd(decimals, '0'));
}

const formatOf = (currency: string) =>
  new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });

const decimalsOf = (format: Intl.NumberFormat): number => format.resolvedOptions().maximumFractionDigits ?? 2;
