/**
 * Stripe counts these currencies in other units than ISO 4217: how many of Stripe's units make one of ours. Krona and
 * shilling have no minor unit any more, but Stripe still expects two decimals; the ariary's fifths are unknown to it.
 */
const UNITS: Readonly<Record<string, number>> = { ISK: 100, UGX: 100, MGA: 0.01 };

/** @returns undefined if Stripe cannot represent the amount */
export function toStripeAmount(amount: number, currency: string): number | undefined {
  const units = UNITS[currency] ?? 1;
  const converted = units < 1 ? amount / (1 / units) : amount * units;
  return Number.isSafeInteger(converted) ? converted : undefined;
}

export function fromStripeAmount(amount: number, currency: string): number {
  const units = UNITS[currency.toUpperCase()] ?? 1;
  return units < 1 ? amount * (1 / units) : amount / units;
}
