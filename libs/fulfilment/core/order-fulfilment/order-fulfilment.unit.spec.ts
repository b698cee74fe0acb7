import type { TargetAnswer } from '#libs/processes/core';
import { POLICY } from '../../testing/fulfilment-world.js';
import type { FulfilmentFacts } from './fulfilment-facts.js';
import { ORDER_FULFILMENT } from './order-fulfilment.js';

const { apply, plan, start } = ORDER_FULFILMENT;

function begun(): FulfilmentFacts {
  const facts = start({
    type: 'order-created',
    orderId: 'order-1',
    customerId: 'c-1',
    currency: 'EUR',
    total: 200,
    lines: [{ sku: 'tea', quantity: 2 }],
    createdAt: 0,
    policy: { ...POLICY, whenUntracked: 'accept' },
  });
  if (!facts) throw new Error('an order begins no process');
  return facts;
}

const answered = (facts: FulfilmentFacts, key: string, data: Readonly<Record<string, unknown>>) =>
  apply(facts, { type: 'answer', key, answer: { outcome: 'done', data } satisfies TargetAnswer });

/** Paid and confirmed, and then cancelled by an operator, who asks the process. */
function regretted(): FulfilmentFacts {
  const reserved = answered(begun(), 'reserve:0', { result: 'reserved', version: 2 });
  const screened = answered(reserved, 'screen', { result: 'passed' });
  const authorized = answered(screened, 'authorize', { result: 'authorized' });
  const captured = answered(authorized, 'capture', { result: 'captured' });
  return apply(captured, { type: 'cancel', reason: 'regret' });
}

const dueKeys = (facts: FulfilmentFacts, open: readonly string[] = []): string[] =>
  plan(facts, (key) => open.includes(key))
    .commands.map(({ key }) => key)
    .filter((key) => !key.startsWith('mail:'));

describe('the process of an order', () => {
  it('undoes nothing while the order may be confirmed, and then cancels it first', () => {
    expect(dueKeys(regretted(), ['confirm'])).toEqual([]);
    const confirmed = answered(regretted(), 'confirm', { status: 'confirmed' });
    expect(dueKeys(confirmed)).toEqual(['cancel']);
    const cancelled = answered(confirmed, 'cancel', { status: 'cancelled' });
    expect(dueKeys(cancelled)).toEqual(['close']);
    expect(dueKeys(answered(cancelled, 'close', { result: 'refunded' }))).toEqual(['release:0']);
  });

  it('keeps the money of an order that was shipped before it could be cancelled', () => {
    const confirmed = answered(regretted(), 'confirm', { status: 'confirmed' });
    const shipped = answered(confirmed, 'cancel', { status: 'shipped' });
    expect(dueKeys(shipped)).toEqual(['ship:0']);
  });

  const approve = (facts: FulfilmentFacts) =>
    apply(facts, { type: 'event', event: { type: 'payment-approved' } });

  it('asks anew for the authorization of a payment that is reviewed twice, by us and at the gateway', () => {
    const reserved = answered(begun(), 'reserve:0', { result: 'reserved', version: 2 });
    const flagged = answered(answered(reserved, 'screen', { result: 'flagged', reason: 'odd' }), 'flag', {});
    expect(dueKeys(flagged)).toEqual([]);
    expect(dueKeys(approve(flagged))).toEqual(['authorize']);
    const again = answered(approve(flagged), 'authorize', { result: 'in-review' });
    expect(dueKeys(again)).toEqual([]);
    // The answer to a key counts once, so that it is not used again.
    expect(dueKeys(approve(again))).toEqual(['authorize:1']);
    expect(dueKeys(answered(approve(again), 'authorize:1', { result: 'authorized' }))).toEqual(['capture']);
  });

  it('keeps an approval that comes before the answer that there is something to approve', () => {
    const reserved = answered(begun(), 'reserve:0', { result: 'reserved', version: 2 });
    const asked = approve(answered(reserved, 'screen', { result: 'passed' }));
    expect(dueKeys(asked, ['authorize'])).toEqual(['authorize']);
    expect(dueKeys(answered(asked, 'authorize', { result: 'in-review' }))).toEqual(['authorize:1']);
  });

  it('gives back what a repeat reserved of an article that was not tracked at first', () => {
    const untracked = answered(begun(), 'reserve:0', { result: 'untracked', version: 0 });
    const strayed = apply(untracked, {
      type: 'event',
      event: { type: 'stock-reserved', sku: 'tea', version: 2 },
    });
    expect(plan(strayed, () => false).commands).toContainEqual({
      key: 'stray:0:2',
      target: 'stock',
      payload: { type: 'release-stock', sku: 'tea', orderId: 'order-1' },
    });
    const released = answered(strayed, 'stray:0:2', { version: 3 });
    expect(plan(released, () => false).commands.map(({ target }) => target)).not.toContain('stock');
  });
});
