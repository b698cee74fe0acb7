/**
 * Open reservations: quantity by order id, nested by the id's last two characters, which are random. A change then copies
 * a few dozen entries and shares the rest. A flat object would copy every entry each time, and popular SKUs have
 * thousands, in each of the states remembered for repeated commands too.
 */
export type Reservations = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
>;

const pathTo = (orderId: string) => [orderId.slice(-1), orderId.slice(-2, -1)] as const;

/** @returns the reserved quantity; `undefined` if the order has no reservation */
export function reservedFor(reservations: Reservations, orderId: string): number | undefined {
  const [outer, inner] = pathTo(orderId);
  const leaf = reservations[outer]?.[inner] ?? {};
  return Object.hasOwn(leaf, orderId) ? leaf[orderId] : undefined;
}

export function withReservation(reservations: Reservations, orderId: string, quantity: number): Reservations {
  const [outer, inner] = pathTo(orderId);
  const branch = reservations[outer] ?? {};
  return { ...reservations, [outer]: { ...branch, [inner]: { ...branch[inner], [orderId]: quantity } } };
}

/** Removes emptied branches, so the state depends only on the open reservations. */
export function withoutReservation(reservations: Reservations, orderId: string): Reservations {
  const [outer, inner] = pathTo(orderId);
  const branch = reservations[outer] ?? {};
  return replace(reservations, outer, replace(branch, inner, without(branch[inner] ?? {}, orderId)));
}

type Entries<Value> = Readonly<Record<string, Value>>;

const replace = <Value extends object>(entries: Entries<Value>, key: string, value: Value): Entries<Value> =>
  Object.keys(value).length > 0 ? { ...entries, [key]: value } : without(entries, key);

function without<Value>(entries: Entries<Value>, key: string): Entries<Value> {
  const { [key]: _, ...others } = entries;
  return others;
}
