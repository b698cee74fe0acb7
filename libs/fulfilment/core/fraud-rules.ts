import { decimalAmount, unreachable } from '#libs/kernel';
import type { ExistingOrder } from '#libs/orders';

/** When a person has to look at a payment before it is made. */
export type FraudRule =
  /** The order is worth more than this, in minor units of the currency. */
  | { readonly rule: 'amount-above'; readonly currency: string; readonly amount: number }
  /** The country of the card is not the one in the shipping address. Without both, the rule does not apply. */
  | { readonly rule: 'country-mismatch' }
  /** The customer has ordered more often than this within the time. */
  | { readonly rule: 'orders-per-customer'; readonly orders: number; readonly withinMs: number };

/** How many orders the customer has placed within the time before this one, this one included. */
export type CountOrders = (withinMs: number) => Promise<number>;

type Screened = Pick<ExistingOrder, 'currency' | 'total' | 'payment' | 'shippingAddress'>;

/** @returns why the order is suspicious, by the first rule that it matches; `undefined` if by none */
export async function suspicionOf(
  order: Screened,
  rules: readonly FraudRule[],
  count: CountOrders,
): Promise<string | undefined> {
  for (const rule of rules) {
    const reason = await suspicionBy(rule, order, count);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

async function suspicionBy(
  rule: FraudRule,
  order: Screened,
  count: CountOrders,
): Promise<string | undefined> {
  switch (rule.rule) {
    case 'amount-above':
      return order.currency === rule.currency && order.total > rule.amount
        ? `The total is above ${decimalAmount(rule.amount, rule.currency)} ${rule.currency}.`
        : undefined;
    case 'country-mismatch': {
      const card = order.payment?.country?.toUpperCase();
      const address = countryOf(order.shippingAddress);
      return card && address && card !== address
        ? `The card is from ${card}, and the address is not.`
        : undefined;
    }
    case 'orders-per-customer': {
      const orders = await count(rule.withinMs);
      return orders > rule.orders
        ? `The customer placed ${orders} orders within ${rule.withinMs / 1_000} s.`
        : undefined;
    }
    default:
      return unreachable(rule);
  }
}

/** Clients name the lines of an address themselves; a country is compared if it is a code. */
function countryOf(address: Screened['shippingAddress']): string | undefined {
  const country = address && Object.hasOwn(address, 'country') ? address['country'] : undefined;
  return country !== undefined && /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : undefined;
}
