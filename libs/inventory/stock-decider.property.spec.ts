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
  'reserve-stock': [2, { ...ofSku, orderId, quantity }],
  'release-stock': [1, { ...ofSku, orderId }],
  'ship-stock': [1, { ...ofSku, orderId }],
});

/** The books once more, kept by other means: exact numbers, and a list of who holds what. */
class Model {
  onHand = 0n;
  readonly held = new Map<string, bigint>();

  get reserved(): bigint {
    return [...this.held.values()].reduce((sum, each) => sum + each, 0n);
  }

  /** The type of the event that the command must lead to; `undefined` where it must be refused. */
  outcomeOf(command: StockCommand): StockEvent['type'] | undefined {
    const { onHand, reserved, held } = this;
    const isHeld = 'orderId' in command && held.has(command.orderId);
    if (command.type === 'release-stock') return isHeld ? 'stock.released' : undefined;
    if (command.type === 'ship-stock') return isHeld ? 'stock.shipped' : undefined;
    if (!Number.isSafeInteger(command.quantity) || command.quantity === 0) return undefined;
    const amount = BigInt(command.quantity);
    const fits = onHand + amount <= BigInt(Number.MAX_SAFE_INTEGER);
    if (command.type === 'adjust-stock')
      return onHand + amount >= reserved && fits ? 'stock.adjusted' : undefined;
    if (amount < 0n) return undefined;
    if (command.type === 'receive-stock') return fits ? 'stock.received' : undefined;
    if (isHeld) return undefined;
    return amount <= onHand - reserved ? 'stock.reserved' : 'stock.reservation-rejected';
  }

  apply({ type, data }: StockEvent): void {
    const amount = BigInt(data.quantity);
    if (type === 'stock.received' || type === 'stock.adjusted') this.onHand += amount;
    if (type === 'stock.reserved') this.held.set(data.orderId, amount);
    if (type === 'stock.shipped') this.onHand -= this.held.get(data.orderId) ?? 0n;
    if (type === 'stock.released' || type === 'stock.shipped') this.held.delete(data.orderId);
  }
}

function expectSound({ onHand, reserved, reservations }: StockItem, model: Model): void {
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
    'keeps exact books: one event or one rejection per command, nothing negative, nothing rounded',
    [fc.array(command, { maxLength: 40 })],
    { numRuns: 1_000 },
    (commands) => {
      const model = new Model();
      const log: StockEvent[] = [];
      let stock = initialState;
      for (const each of commands) {
        const expected = model.outcomeOf(each);
        const decision = decide(each, stock);
        expect(decision.ok ? decision.value.map(({ type }) => type) : undefined).toEqual(
          expected && [expected],
        );
        if (!decision.ok) {
          expect(decision.problem.detail).toMatch(/\w/);
          continue;
        }
        for (const event of decision.value) {
          expect(event.data.sku).toBe(sku);
          log.push(event);
          stock = evolve(stock, event);
          model.apply(event);
        }
        expectSound(stock, model);
      }
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
