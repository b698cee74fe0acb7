/**
 * Open reservations: quantity by order. They lie two levels down, by the last characters of the order's id, which are
 * random: so a change copies some dozen entries and shares all others. In one flat object it would copy every one, and
 * an article that many want has thousands, each time, also in the states that are remembered for repeated commands.
 */
export type Reservations = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
>;

const wayTo = (orderId: string) => [orderId.slice(-1), orderId.slice(-2, -1)] as const;

/** How many are held for the order; `undefined` where it has no reservation. */
export function reservedFor(reservations: Reservations, orderId: string): number | undefined {
  const [outer, inner] = wayTo(orderId);
  const leaf = reservations[outer]?.[inner] ?? {};
  return Object.hasOwn(leaf, orderId) ? leaf[orderId] : undefined;
}

export function withReservation(reservations: Reservations, orderId: string, quantity: number): Reservations {
  const [outer, inner] = wayTo(orderId);
  const branch = reservations[outer] ?? {};
  return { ...reservations, [outer]: { ...branch, [inner]: { ...branch[inner], [orderId]: quantity } } };
}

/** Leaves nothing empty behind, so that what is open alone decides how a state looks. */
export function withoutReservation(reservations: Reservations, orderId: string): Reservations {
  const [outer, inner] = wayTo(orderId);
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
