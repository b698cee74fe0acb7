import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { hasPayment, isClosed } from '#libs/payments';
import type { GatewayFault } from '../testing/index.js';
import { startPaymentTasks } from './payment-tasks.fixture.js';

type Harness = Awaited<ReturnType<typeof startPaymentTasks>>;

const token = fc.constantFrom('tok_ok', 'tok_ok', 'tok_review', 'tok_decline');
const step = fc.constantFrom(
  'authorize',
  'authorize',
  'capture',
  'capture',
  'close',
  'flag',
  'approve',
  'reconcile',
  'refund-1',
  'refund-2',
  'void-outside',
);
const fault = fc.constantFrom<GatewayFault | undefined>(
  undefined,
  undefined,
  'unavailable',
  'lose-request',
  'lose-answer',
);
/** Steps that run at once, after those before them have ended. */
const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 });

function run(harness: Harness, name: string, given: string): Promise<unknown> {
  const { tasks, task, facts, gateway, refund, send } = harness;
  switch (name) {
    case 'authorize':
      return tasks.authorize({ ...task({ commandId: 'p authorize' }), token: given });
    case 'capture':
      return tasks.capture(task({ commandId: 'p capture' }));
    case 'close':
      return tasks.close(task({ commandId: 'p close' }), null);
    case 'flag':
      return tasks.flag(task({ commandId: 'p flag' }), 'unusual');
    case 'approve':
      return send({ type: 'review-payment', orderId: facts.orderId, decision: 'approve', reason: null });
    case 'reconcile':
      return tasks.reconcile(task().cause, facts.orderId);
    case 'void-outside': {
      const call = { ...facts, tenant: 'acme', amount: 900, reference: null };
      return gateway.void({ ...call, idempotencyKey: 'outside' });
    }
    default:
      return tasks.refund(refund(name, name === 'refund-1' ? 300 : null, name), null);
  }
}

/** Repeats a step as the process runtime does, until it answers. */
async function untilAnswered(harness: Harness, name: string, given: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await run(harness, name, given);
      return;
    } catch {
      // The next attempt looks up what came of this one.
    }
  }
  throw new Error(`${name} is never answered`);
}

/** Lets the lookups of refunds run to their end. */
async function lookedUp({ clock }: Harness): Promise<void> {
  while (clock.sleepers > 0) {
    clock.elapse();
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
  }
}

const sum = (amounts: readonly { readonly amount: number }[]) =>
  amounts.reduce((total, { amount }) => total + amount, 0);

beforeAll(() => Logger.overrideLogger(false));

describe('any interleaving of payment tasks, faults and repeats', () => {
  itForAll(
    'captures at most once, and after closing holds nothing, at the gateway as in the log',
    [rounds, fc.array(fault, { maxLength: 20 }), token, fc.boolean()],
    { numRuns: 100 },
    async (given, faults, tokenGiven, isCaptured) => {
      const harness = await startPaymentTasks();
      const { gateway, engine, facts, state } = harness;
      try {
        for (const name of isCaptured ? ['authorize', 'capture'] : []) await run(harness, name, 'tok_ok');
        gateway.faults = [...faults];
        for (const names of given)
          await Promise.allSettled(names.map((name) => run(harness, name, tokenGiven)));
        await lookedUp(harness);
        const before = await state();
        // Nobody has asked for them again.
        const asked = gateway.ledger
          .find(facts.orderId)
          .refunds.filter(({ refundId }) => refundId.startsWith('refund-'));
        expect(hasPayment(before) ? before.refunds : []).toEqual(expect.arrayContaining([...asked]));
        await untilAnswered(harness, 'close', tokenGiven);
        // What a crash has left behind is sent again.
        for (const name of ['authorize', 'capture', 'close']) await untilAnswered(harness, name, tokenGiven);
        expect(
          gateway.ledger.entries.filter(
            ({ operation, answer }) => operation === 'capture' && answer.result === 'captured',
          ).length,
        ).toBeLessThanOrEqual(1);
        const known = gateway.ledger.find(facts.orderId);
        expect(known.captured - sum(known.refunds)).toBe(0);
        expect(['none', 'declined', 'voided', 'captured']).toContain(known.status);
        const after = await state();
        expect(isClosed(after)).toBe(true);
        if (!hasPayment(after)) return;
        expect(after.captured - after.refunded).toBe(0);
        expect(after.holdsMoney).toBe(false);
        expect(after.captured).toBe(known.captured);
        if (hasPayment(before)) expect(after.captured).toBeGreaterThanOrEqual(before.captured);
      } finally {
        await engine.release();
      }
    },
  );
});
