import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import type { StockItem } from './stock.js';
import type { StockCommand } from './stock-commands.js';
import { stockDecider } from './stock-decider.js';
import type { StockEvent } from './stock-events.js';

const sku = 'tea';
const { decide, evolve, initialState } = stockDecider;

/** Mostly what makes sense; also the edges of what a number holds, and what is no quantity at all. */
const quantity = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -10, max: 20 }) },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 1, arbitrary: fc.constantFrom(Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER) },
  { weight: 1, arbitrary: fc.double() },
);
/** Few, so that orders meet themselves again; among them what JavaScript treats in its own way. */
const orderId = fc.constantFrom('a1', 'b1', 'c2', '1', '', '__proto__', 'constructor');

const ofSku = { sku: fc.constant(sku) };
const command: fc.Arbitrary<StockCommand> = tagged('type', {
  'receive-stock': [2, { ...ofSku, quantity }],
  'adjust-stock': [2, { ...ofSku, quantity, reason: fc.string({ minLength: 1 }) }],
  'reserve-stock': [2, { ...ofSku, orderId, quantity, whenUntracked: fc.constantFrom('accept', 'reject') }],
  'release-stock': [1, { ...ofSku, orderId }],
  'ship-stock': [1, { ...ofSku, orderId }],
  'set-threshold': [1, { ...ofSku, lowAt: fc.option(quantity, { nil: null }) }],
});

/** The books once more, kept by other means: exact numbers, and a list of who holds what. */
class Model {
  onHand = 0n;
  isTracked = false;
  isKnown = false;
  lowAt: number | null = null;
  readonly held = new Map<string, bigint>();

  get reserved(): bigint {
    return [...this.held.values()].reduce((sum, each) => sum + each, 0n);
  }

  get available(): bigint {
    return this.onHand - this.reserved;
  }

  /** Available units from which on, upwards, there are enough. */
  get enough(): bigint {
    return this.lowAt === null ? 1n : BigInt(this.lowAt) + 1n;
  }

  /** The type of the event that the command must lead to, or none; `undefined` where it must be refused. */
  outcomeOf(command: StockCommand): StockEvent['type'] | 'nothing' | undefined {
    const { onHand, reserved, held } = this;
    const isHeld = 'orderId' in command && held.has(command.orderId);
    if (command.type === 'release-stock') return isHeld ? 'stock.released' : undefined;
    if (command.type === 'ship-stock') return isHeld ? 'stock.shipped' : undefined;
    if (command.type === 'set-threshold') return this.#outcomeOfThreshold(command.lowAt);
    if (!Number.isSafeInteger(command.quantity) || command.quantity === 0) return undefined;
    const amount = BigInt(command.quantity);
    const fits = onHand + amount <= BigInt(Number.MAX_SAFE_INTEGER);
    if (command.type === 'adjust-stock')
      return onHand + amount >= reserved && fits ? 'stock.adjusted' : undefined;
    if (amount < 0n) return undefined;
    if (command.type === 'receive-stock') return fits ? 'stock.received' : undefined;
    if (isHeld) return undefined;
    if (!this.isTracked && command.whenUntracked === 'accept') return 'nothing';
    return amount <= onHand - reserved ? 'stock.reserved' : 'stock.reservation-rejected';
  }

  #outcomeOfThreshold(lowAt: number | null): StockEvent['type'] | 'nothing' | undefined {
    if (lowAt !== null && !(Number.isSafeInteger(lowAt) && lowAt >= 0)) return undefined;
    // 0 and -0 are the same threshold.
    if (lowAt !== this.lowAt) return 'stock.threshold-changed';
    return this.isKnown ? 'nothing' : undefined;
  }

  apply({ type, data }: StockEvent): void {
    this.isKnown = true;
    if (type === 'stock.received' || type === 'stock.adjusted') {
      this.onHand += BigInt(data.quantity);
      this.isTracked = true;
    }
    if (type === 'stock.reserved') this.held.set(data.orderId, BigInt(data.quantity));
    if (type === 'stock.shipped') this.onHand -= this.held.get(data.orderId) ?? 0n;
    if (type === 'stock.released' || type === 'stock.shipped') this.held.delete(data.orderId);
    if (type === 'stock.threshold-changed') this.lowAt = data.lowAt;
  }
}

const isAlert = ({ type }: StockEvent): boolean =>
  type === 'stock.low' || type === 'stock.depleted' || type === 'stock.replenished';

/** Alerts by their definition: of a line between the two numbers, and of no other. */
function alertsOf(was: bigint, is: bigint, { enough, lowAt }: Model): StockEvent['type'][] {
  const alerts: StockEvent['type'][] = [];
  if (lowAt !== null && was >= enough && is < enough) alerts.push('stock.low');
  if (was !== 0n && is === 0n) alerts.push('stock.depleted');
  if (was < enough && is >= enough) alerts.push('stock.replenished');
  return alerts;
}

/** Being low and having enough take turns for as long as the threshold stays. */
function expectTurns(log: readonly StockEvent[], wasLow: readonly boolean[]): void {
  let isLow: boolean | undefined;
  log.forEach(({ type }, index) => {
    if (type === 'stock.threshold-changed') isLow = undefined;
    if (type !== 'stock.low' && type !== 'stock.replenished') return;
    expect(isLow).not.toBe(type === 'stock.low');
    isLow = type === 'stock.low';
    expect(wasLow[index]).toBe(isLow);
  });
}

function expectSound({ onHand, reserved, reservations, ...rest }: StockItem, model: Model): void {
  expect(rest).toMatchObject({ isTracked: model.isTracked, lowAt: model.lowAt });
  for (const count of [onHand, reserved, onHand - reserved]) {
    expect(Number.isSafeInteger(count)).toBe(true);
    expect(count).toBeGreaterThanOrEqual(0);
  }
  expect([BigInt(onHand), BigInt(reserved)]).toEqual([model.onHand, model.reserved]);
  const leaves = Object.values(reservations).flatMap((branch) => Object.values(branch));
  expect(leaves.every((leaf) => Object.keys(leaf).length > 0)).toBe(true);
  const held = leaves.flatMap((leaf) => Object.entries(leaf));
  expect(new Map(held.map(([id, count]) => [id, BigInt(count)]))).toEqual(model.held);
}

describe('any sequence of stock commands', () => {
  itForAll(
    'keeps exact books, and tells of every line that is crossed: nothing negative, nothing rounded',
    [fc.array(command, { maxLength: 40 })],
    { numRuns: 1_000 },
    (commands) => {
      const model = new Model();
      const log: StockEvent[] = [];
      const wasLow: boolean[] = [];
      let stock = initialState;
      for (const each of commands) {
        const expected = model.outcomeOf(each);
        const decision = decide(each, stock);
        const events = decision.ok ? decision.value : [];
        expect(decision.ok).toBe(expected !== undefined);
        const facts = events.filter((event) => !isAlert(event)).map(({ type }) => type);
        expect(facts).toEqual(expected === undefined || expected === 'nothing' ? [] : [expected]);
        if (!decision.ok) {
          expect(decision.problem.detail).toMatch(/\w/);
          continue;
        }
        const { available: was, isTracked } = model;
        for (const event of events) {
          expect(event.data.sku).toBe(sku);
          log.push(event);
          stock = evolve(stock, event);
          model.apply(event);
          expectSound(stock, model);
        }
        const alerts = events.slice(facts.length);
        expect(alerts.map(({ type }) => type)).toEqual(
          isTracked ? alertsOf(was, model.available, model) : [],
        );
        for (const { data } of alerts)
          expect(data).toEqual({ sku, available: Number(model.available), lowAt: model.lowAt });
        while (wasLow.length < log.length) wasLow.push(model.available < model.enough);
      }
      expectTurns(log, wasLow);
      expect(log.reduce(evolve, initialState)).toEqual(stock);
    },
  );

  itForAll(
    'behaves the same after its state went through JSON',
    [fc.array(command, { maxLength: 40 })],
    (commands) => {
      let [stock, kept] = [initialState, initialState];
      for (const each of commands) {
        kept = JSON.parse(JSON.stringify(kept)) as StockItem;
        const decision = decide(each, stock);
        expect(decide(each, kept)).toEqual(decision);
        if (!decision.ok) continue;
        stock = decision.value.reduce(evolve, stock);
        kept = decision.value.reduce(evolve, kept);
      }
    },
  );

  itForAll('never mutates states', [fc.array(command, { maxLength: 20 })], (commands) => {
    let stock = initialState;
    for (const each of commands) {
      const before = JSON.stringify(stock);
      const decision = decide(each, stock);
      const next = decision.ok ? decision.value.reduce(evolve, stock) : stock;
      expect(JSON.stringify(stock)).toBe(before);
      stock = next;
    }
  });
});
