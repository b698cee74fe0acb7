/** The promise of the architecture that each kind of violation breaks. */
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
