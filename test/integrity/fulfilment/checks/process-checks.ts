import { type Violation, violation } from '../../violation.js';
import { SHOP_TOPICS, type ShopEvent, type ShopEvidence, shopPlaceOf } from '../evidence.js';
import { type ShopOrder, streamsOf } from './shop-orders.js';

/** A timer that is due for longer than this should have fired. */
const LATE_MS = 10_000;

interface ProcessInput {
  readonly type: string;
  readonly commandId?: string;
  readonly eventId?: string;
  readonly name?: string;
  readonly dueAt?: number;
  readonly at: number;
}

/** What a process is left with. */
interface LeftOver {
  readonly commands: readonly string[];
  readonly timers: readonly string[];
}

/** Every process is at rest where it should be, and has taken each input and sent each command once. */
export function processViolations(orders: readonly ShopOrder[], evidence: ShopEvidence): Violation[] {
  const violations: Violation[] = [];
  const processes = streamsOf(evidence, 'processes');
  for (const [processId, events] of processes) {
    const { commands, timers } = replay(processId, events, evidence.readAt, violations);
    const left = [...commands, ...timers.map((name) => `timer ${name}`)].join(', ');
    const last = events.at(-1) as ShopEvent;
    if (last.type === 'process.stuck')
      violations.push(violation('process-stuck', `process ${processId}: ${last.data.error}`));
    else if (left !== '')
      violations.push(violation('process-open', `process ${processId} waits for ${left}`));
  }
  for (const { orderId, status } of orders) {
    const last = processes.get(orderId)?.at(-1)?.type ?? 'none';
    const due = { cancelled: 'process.compensated', completed: 'process.completed' }[status];
    const hasEnded = last === 'process.compensated' || last === 'process.completed';
    if (due === undefined ? hasEnded || last === 'none' : last !== due)
      violations.push(violation('process-differs', `order ${orderId} is ${status}, its process ${last}`));
  }
  return [...violations, ...cartViolations(orders, evidence), ...repeatedEffects(evidence)];
}

function replay(
  processId: string,
  events: readonly ShopEvent[],
  readAt: number,
  violations: Violation[],
): LeftOver {
  const open = new Map<string, string>();
  const sent = new Set<string>();
  const taken = new Set<string>();
  const timers = new Map<string, number>();
  for (const event of events) {
    const { input = '{}', commands = [], withdrawn = [], timersSet = [], timersCleared = [] } = event.data;
    const given = JSON.parse(input) as ProcessInput;
    const once = (set: Set<string>, what: string, name: string): void => {
      if (set.has(what))
        violations.push(violation('process-repeats', `${shopPlaceOf(event)}: ${name} of ${processId} again`));
      set.add(what);
    };
    if (given.type === 'handle-answer') once(taken, given.commandId ?? '', 'the answer to a command');
    if (given.type === 'handle-event' && event.type !== 'process.stuck')
      once(taken, given.eventId ?? '', 'an event');
    if (given.type === 'fire-timer') {
      once(taken, `${given.name} ${given.dueAt}`, `timer ${given.name}`);
      if (given.at < (given.dueAt ?? 0))
        violations.push(
          violation('timer-early', `${shopPlaceOf(event)}: timer ${given.name} of ${processId}`),
        );
    }
    if (given.commandId !== undefined) open.delete(given.commandId);
    for (const id of withdrawn) open.delete(id);
    for (const { commandId, key } of commands) {
      once(sent, commandId, `command ${key}`);
      open.set(commandId, key);
    }
    for (const name of timersCleared) timers.delete(name);
    for (const { name, dueAt } of timersSet) timers.set(name, dueAt);
  }
  const late = [...timers].filter(([, dueAt]) => dueAt + LATE_MS < readAt);
  return { commands: [...open.values()], timers: late.map(([name]) => name) };
}

/** A cart that is checked out is an order; one that nobody changes any more is abandoned, unless it is empty. */
function cartViolations(orders: readonly ShopOrder[], evidence: ShopEvidence): Violation[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  return [...streamsOf(evidence, 'carts')].flatMap(([cart, events]) => {
    const { type, data } = events.at(-1) as ShopEvent;
    if (type === 'cart.checked-out')
      return known.has(data.orderId ?? '') ? [] : [violation('cart-forgotten', `cart ${cart} has no order`)];
    return type === 'cart.abandoned' || data.total === 0
      ? []
      : [violation('cart-forgotten', `cart ${cart} is neither abandoned nor an order`)];
  });
}

/** All events of one command are in one append, so their versions follow each other. */
function repeatedEffects(evidence: ShopEvidence): Violation[] {
  return SHOP_TOPICS.flatMap((topic) =>
    [...streamsOf(evidence, topic).values()].flatMap((events) => {
      const lastOf = new Map<string, number>();
      return events.flatMap((event) => {
        const before = lastOf.get(event.commandId);
        lastOf.set(event.commandId, event.version);
        if (before === undefined || event.commandId === '' || before === event.version - 1) return [];
        return [violation('effect-repeated', `${shopPlaceOf(event)}: command ${event.commandId} again`)];
      });
    }),
  );
}
