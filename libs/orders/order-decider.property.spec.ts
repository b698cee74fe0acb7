import fc from 'fast-check';
import { applyEvent, emptyStream, type RecordedEvent, type Stream } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { CANCELLATION_CAUSES, ORDER_STATUSES, type OrderState, type OrderStatus } from './order.js';
import type { OrderCommand } from './order-commands.js';
import { orderDecider } from './order-decider.js';
import type { OrderEvent } from './order-events.js';

const orderId = '0197a2f0-0000-7000-8000-000000000001';
const text = fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: null });

const create: fc.Arbitrary<OrderCommand> = fc.record({
  type: fc.constant('create-order' as const),
  orderId: fc.constant(orderId),
  customer: fc.record({ id: fc.string({ minLength: 1 }), email: text, name: text }),
  currency: fc.constantFrom('EUR', 'JPY'),
  items: fc.array(
    fc.record({
      sku: fc.string({ minLength: 1 }),
      quantity: fc.integer({ min: 1, max: 1_000_000 }),
      unitPrice: fc.maxSafeNat(),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  shippingAddress: fc.constant(null),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
  payment: fc.option(fc.record({ token: fc.string({ minLength: 1 }), country: text }), { nil: null }),
  fulfilment: fc.boolean(),
});

const step: fc.Arbitrary<OrderCommand> = fc.record({
  type: fc.constant('change-order-status' as const),
  orderId: fc.constant(orderId),
  status: fc.constantFrom(...ORDER_STATUSES),
  reason: text,
  trackingNumber: text,
  carrier: text,
});

const ofProcess: fc.Arbitrary<OrderCommand> = fc.oneof(
  fc.constantFrom({ type: 'confirm-order' as const, orderId }, { type: 'complete-order' as const, orderId }),
  fc.record({
    type: fc.constant('cancel-order' as const),
    orderId: fc.constant(orderId),
    cause: fc.constantFrom(...CANCELLATION_CAUSES),
    reason: text,
  }),
);

/** Written out once more, on purpose: the test must not borrow the rule from the code. */
const LIFE: Readonly<Record<string, readonly string[]>> = {
  none: ['created'],
  created: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: ['completed'],
  completed: [],
  cancelled: [],
};

function record(event: OrderEvent, version: number): RecordedEvent<OrderEvent> {
  const metadata = { streamId: orderId, version, tenant: 't', occurredAt: new Date(version).toISOString() };
  return {
    ...event,
    metadata: metadata as RecordedEvent['metadata'],
    position: { topic: 'orders', partition: 0, offset: version - 1 },
  };
}

/** Each event says whose order it is and what it is worth; a cancelled order has a cause, and no other. */
function expectToStandAlone(events: readonly OrderEvent[], state: OrderState): void {
  if (state.status === 'none') throw new Error('an event led to no order');
  const { customer, currency, total, cancellation } = state;
  for (const { data } of events)
    expect(data).toMatchObject({ orderId, customerId: customer.id, currency, total });
  expect(cancellation !== null).toBe(state.status === 'cancelled');
}

describe('any sequence of order commands', () => {
  itForAll(
    'keeps the life cycle, counts versions without a gap, and folds to the state',
    [
      fc.array(
        fc.oneof(
          { weight: 1, arbitrary: create },
          { weight: 4, arbitrary: step },
          { weight: 3, arbitrary: ofProcess },
        ),
      ),
    ],
    { numRuns: 500 },
    (commands) => {
      const log: RecordedEvent<OrderEvent>[] = [];
      let stream: Stream<OrderState> = emptyStream(orderDecider.initialState);
      for (const command of commands) {
        const before: OrderStatus | 'none' = stream.state.status;
        const decision = orderDecider.decide(command, stream.state);
        if (!decision.ok) {
          expect(decision.problem.detail).not.toBe('');
          continue;
        }
        for (const event of decision.value) {
          const recorded = record(event, log.length + 1);
          log.push(recorded);
          stream = applyEvent(orderDecider, stream, recorded);
        }
        expect(LIFE[before]).toContain(stream.state.status);
        expectToStandAlone(decision.value, stream.state);
      }
      expect(log.map(({ metadata }) => metadata.version)).toEqual(log.map((_, index) => index + 1));
      expect(stream.version).toBe(log.length);
      const folded = log.reduce(
        (state, event) => applyEvent(orderDecider, state, event),
        emptyStream(orderDecider.initialState),
      );
      expect(folded).toEqual(stream);
    },
  );

  itForAll('never produces an inexact total', [create], (command) => {
    const decision = orderDecider.decide(command, orderDecider.initialState);
    if (command.type !== 'create-order') return;
    const exact = command.items.reduce((sum, i) => sum + BigInt(i.quantity) * BigInt(i.unitPrice), 0n);
    if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(decision.ok).toBe(false);
    else expect(decision).toMatchObject({ ok: true, value: [{ data: { total: Number(exact) } }] });
  });
});
