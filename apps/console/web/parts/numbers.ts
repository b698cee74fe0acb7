const COUNT = new Intl.NumberFormat('en');
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const DECIMAL = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export const countText = (count: number): string => COUNT.format(count);

export const rateText = (perSecond: number): string => `${DECIMAL.format(perSecond)}/s`;

/** A part of 1 as per cent; never "100%" while something is missing. */
export function percentText(part: number): string {
  if (part < 1 && part > 0.999) return '> 99.9%';
  return PERCENT.format(part);
}

/** "1 event", "2 events". */
export const pluralText = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;
