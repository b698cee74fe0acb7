/**
 * The promise of the architecture that each kind of violation breaks. Promise 9 is that of fulfilment: each order is confirmed
 * or cancelled for a reason, stock and money add up, and customers are told once.
 */
const PROMISE_OF = {
  lost: 1,
  'refused-but-there': 1,
  duplicated: 1,
  misplaced: 1,
  foreign: 1,
  'event-id-repeated': 1,
  'header-differs': 1,
  'version-repeated': 2,
  'version-skipped': 2,
  'stream-split': 2,
  'illegal-step': 2,
  'two-winners': 2,
  'wrong-winner': 2,
  'out-of-order': 2,
  'stale-rejection': 2,
  'former-owner': 3,
  unfenced: 3,
  'key-answers-differ': 4,
  'key-effects': 4,
  'key-forgotten': 4,
  'other-body-taken': 4,
  'key-refused': 4,
  'not-delivered': 7,
  'not-owed': 7,
  overtaken: 7,
  'chain-broken': 7,
  gap: 7,
  'repeated-too-often': 7,
  'not-signed': 7,
  stalled: 8,
  'order-unfinished': 8,
  'process-open': 8,
  'process-stuck': 8,
  'cart-forgotten': 8,
  'cancelled-without-cause': 9,
  oversold: 9,
  'stock-moved-twice': 9,
  'stock-left-behind': 9,
  'stock-differs': 9,
  'captured-twice': 9,
  'captured-anew': 9,
  'refunded-twice': 9,
  'money-differs': 9,
  'money-held': 9,
  'payment-left-open': 9,
  'foreign-payment': 9,
  'announced-in-vain': 9,
  'not-told': 9,
  'told-twice': 9,
  'not-recorded': 9,
  'mailed-again': 9,
  'process-differs': 9,
  'process-repeats': 9,
  'timer-early': 9,
  'effect-repeated': 9,
} as const;

export type ViolationKind = keyof typeof PROMISE_OF;

export interface Violation {
  readonly promise: (typeof PROMISE_OF)[ViolationKind];
  readonly kind: ViolationKind;
  readonly detail: string;
}

export const violation = (kind: ViolationKind, detail: string): Violation => ({
  promise: PROMISE_OF[kind],
  kind,
  detail,
});

export function groupedBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
