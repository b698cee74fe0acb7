import { formatPosition } from '#libs/kernel';
import type { Feed, Receipt } from '../evidence.js';
import type { Owed } from './owed.js';
import { type Violation, violation } from '../../violation.js';

/** All that is owed was taken, and nothing else came. */
export function completenessViolations(
  { name, receipts, gaps }: Feed,
  { events, mayCome }: Owed,
): Violation[] {
  const taken = new Set(receipts.filter((receipt) => receipt.taken).flatMap(({ ids }) => ids));
  const received = new Set(receipts.flatMap(({ ids }) => ids));
  return [
    ...[...events.values()]
      .filter(({ eventId }) => !taken.has(eventId))
      .map((event) =>
        violation('not-delivered', `${name}: ${formatPosition(event)} (${event.headers.type})`),
      ),
    ...[...received]
      .filter((id) => !mayCome.has(id))
      .map((id) => violation('not-owed', `${name}: ${id} came, and is not owed`)),
    ...gaps
      // One that was owed when it was named, and is not since a change was heard, does not come.
      .filter((id) => events.has(id) || !mayCome.has(id))
      .map((id) => violation('gap', `${name}: the receiver still waits for ${id}`)),
  ];
}

/** No event was tried before its predecessor in the lane was taken. */
export function orderViolations(
  { name, receipts }: Feed,
  { mayCome: events, laneBefore }: Owed,
): Violation[] {
  const taken = new Set<string>();
  const violations: Violation[] = [];
  const told = new Set<string>();
  for (const receipt of receipts) {
    const here = new Set<string>();
    for (const id of receipt.ids) {
      const before = laneBefore.get(id);
      const isNext = before === undefined || taken.has(before) || here.has(before);
      if (!isNext && !told.has(id)) {
        told.add(id);
        violations.push(
          violation('overtaken', `${name}: ${place(events, id)} came before ${place(events, before)}`),
        );
      }
      here.add(id);
    }
    if (receipt.taken) for (const id of here) taken.add(id);
  }
  return violations;
}

/** Each request names the event owed just before it, and says where it stands. */
export function chainViolations({ name, receipts }: Feed, owed: Owed): Violation[] {
  return receipts.flatMap((receipt) => {
    const fault = faultIn(receipt, owed);
    return fault ? [violation('chain-broken', `${name}: ${fault}`)] : [];
  });
}

function faultIn(
  { ids, previous, position }: Receipt,
  { mayCome: events, previousOf }: Owed,
): string | undefined {
  let before = previous ?? undefined;
  for (const id of ids) {
    // Told elsewhere.
    if (!events.has(id)) return undefined;
    const expected = previousOf.get(id);
    if (previousOf.has(id) && before !== expected)
      return `${place(events, id)} says it follows ${before}, not ${expected}`;
    before = id;
  }
  const last = events.get(ids.at(-1) ?? '');
  const at = last && formatPosition(last);
  return at === position ? undefined : `${at} says it is at ${position}`;
}

const place = (events: Owed['events'], id: string): string => {
  const event = events.get(id);
  return event ? `${formatPosition(event)} (${event.streamId} ${event.version})` : id;
};
