import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import { hasPayment, isClosed, type PaymentFacts, type PaymentState } from './payment.js';
import type { PaymentCommand } from './payment-commands.js';
import { FAILURE_CAUSES } from './failure-cause.js';
import { paymentDecider } from './payment-decider.js';
import type { PaymentEvent } from './payment-events.js';

const facts: PaymentFacts = { orderId: 'order', customerId: 'c-1', currency: 'EUR', total: 900 };
const { decide, evolve, initialState } = paymentDecider;

const amount = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 900 }) },
  { weight: 3, arbitrary: fc.constant(900) },
  { weight: 1, arbitrary: fc.oneof(fc.integer({ min: -2, max: 1_000 }), fc.double(), fc.maxSafeInteger()) },
);
/** Few, so that refunds meet themselves again. */
const refundId = fc.constantFrom('r1', 'r2', 'r3', '__proto__');
const reason = fc.constantFrom(null, 'because');
const reference = fc.constantFrom('auth-1', 'auth-2');
const ofOrder = { orderId: fc.constant(facts.orderId) };
const withFacts = {
  ...ofOrder,
  customerId: fc.constant(facts.customerId),
  currency: fc.constant(facts.currency),
  total: fc.constant(facts.total),
};

const command: fc.Arbitrary<PaymentCommand> = tagged('type', {
  'record-authorization': [3, { ...withFacts, gateway: fc.constant('g'), reference }],
  'flag-payment': [
    1,
    {
      ...withFacts,
      reason: fc.constant('unusual'),
      gateway: fc.constant('g'),
      reference: fc.option(reference, { nil: null }),
    },
  ],
  'review-payment': [
    2,
    { ...ofOrder, decision: fc.constantFrom('approve' as const, 'reject' as const), reason },
  ],
  'record-capture': [4, { ...ofOrder, amount }],
  'record-failure': [
    1,
    {
      ...withFacts,
      gateway: fc.constant('g'),
      reason: fc.constant('no funds'),
      cause: fc.constantFrom(...FAILURE_CAUSES),
    },
  ],
  'record-void': [1, { ...withFacts, reason }],
  'check-refund': [1, { ...ofOrder, refundId, amount: fc.option(amount, { nil: null }) }],
  'record-refund': [4, { ...ofOrder, refundId, amount, reason }],
});

/** Any commands, some of them again later, as processes send them after a crash. */
const commands = fc
  .array(command, { maxLength: 30 })
  .chain((given) =>
    fc
      .array(fc.nat(), { maxLength: 15 })
      .map((repeats) => [
        ...given,
        ...repeats.flatMap((index) => given[index % Math.max(given.length, 1)] ?? []),
      ]),
  );

function outcomeOf(given: readonly PaymentCommand[]) {
  const states: PaymentState[] = [initialState];
  const log: PaymentEvent[] = [];
  for (const each of given) {
    const decision = decide(each, states.at(-1) ?? initialState);
    if (!decision.ok) {
      expect(decision.problem.detail).toMatch(/\w/);
      continue;
    }
    for (const event of decision.value) {
      log.push(event);
      states.push(evolve(states.at(-1) ?? initialState, event));
    }
  }
  return { states, log };
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

describe('any interleaving of payment commands and repeats', () => {
  itForAll(
    'captures at most once, and never refunds more than that',
    [commands],
    { numRuns: 1_000 },
    (given) => {
      const { log } = outcomeOf(given);
      const captures = log.filter((event) => event.type === 'payment.captured');
      const refunds = log.flatMap((event) => (event.type === 'payment.refunded' ? [event.data] : []));
      expect(captures.length).toBeLessThanOrEqual(1);
      const captured = captures[0]?.data.amount ?? 0;
      expect(captured).toBeLessThanOrEqual(facts.total);
      expect(sum(refunds.map((refund) => refund.amount))).toBeLessThanOrEqual(captured);
      expect(new Set(refunds.map((refund) => refund.refundId)).size).toBe(refunds.length);
      expect(refunds.at(-1)?.refunded ?? 0).toBe(sum(refunds.map((refund) => refund.amount)));
    },
  );

  itForAll(
    'never takes or holds money after the payment is closed',
    [commands],
    { numRuns: 1_000 },
    (given) => {
      const { log, states } = outcomeOf(given);
      const closedAt = states.findIndex(isClosed);
      if (closedAt === -1) return;
      // A failed payment may only give up what the gateway still holds.
      for (const { type } of log.slice(closedAt)) expect(type).toBe('payment.voided');
      for (const state of states.slice(closedAt)) expect(state.status).toBe(states[closedAt]?.status);
      const last = states.at(-1);
      if (last && hasPayment(last)) expect(last.captured - last.refunded).toBe(0);
    },
  );

  itForAll('captures only what the gateway holds, and nobody still reviews', [commands], (given) => {
    const { log, states } = outcomeOf(given);
    for (const [index, { type }] of log.entries()) {
      if (type !== 'payment.captured') continue;
      const before = states[index];
      expect(before).toMatchObject({ status: 'authorized', holdsMoney: true, reference: expect.any(String) });
    }
  });

  itForAll('names order, customer, currency and total in each event', [commands], (given) => {
    for (const { data } of outcomeOf(given).log) expect(data).toMatchObject(facts);
  });

  itForAll('behaves the same after its state went through JSON', [commands], (given) => {
    let [state, kept] = [initialState, initialState];
    for (const each of given) {
      kept = JSON.parse(JSON.stringify(kept)) as PaymentState;
      const decision = decide(each, state);
      expect(decide(each, kept)).toEqual(decision);
      if (!decision.ok) continue;
      state = decision.value.reduce(evolve, state);
      kept = decision.value.reduce(evolve, kept);
    }
  });
});
