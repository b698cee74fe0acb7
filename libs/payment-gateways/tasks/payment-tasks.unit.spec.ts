import { Logger } from '@nestjs/common';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';
import { done } from './gateway-answers.js';
import { startPaymentTasks } from './payment-tasks.fixture.js';

type Harness = Awaited<ReturnType<typeof startPaymentTasks>>;
let harness: Harness;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  harness = await startPaymentTasks();
});
afterEach(() => harness.engine.release());

/** Repeats a task as the process runtime does, until it answers. */
async function untilAnswered<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError || error instanceof GatewayOutcomeUnknownError))
        throw error;
    }
  }
}

describe('an authorization', () => {
  it('holds the money and records it', async () => {
    const { tasks, task, gateway, types } = harness;
    expect(await tasks.authorize(task())).toEqual(done('authorized'));
    expect(types()).toEqual(['payment.authorized']);
    expect(gateway.count('authorized')).toBe(1);
  });

  it('is not repeated once it is recorded, even under another command', async () => {
    const { tasks, task, gateway, types } = harness;
    await tasks.authorize(task());
    gateway.calls = [];
    expect(await tasks.authorize(task())).toEqual(done('authorized'));
    expect(gateway.calls).toEqual([]);
    expect(types()).toHaveLength(1);
  });

  it.each(['tok_decline', 'tok_review'])('has its outcome recorded: %s', async (token) => {
    const { tasks, task, types } = harness;
    const isReview = token === 'tok_review';
    const reason = isReview ? 'The payment looks unusual.' : 'The card was declined.';
    expect(await tasks.authorize({ ...task(), token })).toEqual(
      done(isReview ? 'in-review' : 'declined', reason),
    );
    expect(types()).toEqual([isReview ? 'payment.flagged' : 'payment.failed']);
    expect(await tasks.authorize({ ...task(), token })).toEqual(
      done(isReview ? 'in-review' : 'declined', reason),
    );
  });

  it.each(['unavailable', 'lose-request', 'lose-answer'] as const)(
    'is made once although the gateway has a fault: %s',
    async (fault) => {
      const { tasks, task, gateway, types } = harness;
      gateway.faults = [fault];
      await expect(tasks.authorize(task({ commandId: 'p 1', isFirstAttempt: true }))).rejects.toThrow(
        fault === 'unavailable' ? GatewayUnavailableError : GatewayOutcomeUnknownError,
      );
      expect(types()).toEqual([]);
      expect(await tasks.authorize(task({ commandId: 'p 1' }))).toEqual(done('authorized'));
      expect(gateway.count('authorized')).toBe(1);
      // An answer that was lost is looked up, not asked for again.
      const tries = fault === 'lose-answer' ? 1 : 2;
      expect(gateway.calls.filter((call) => call === 'authorize')).toHaveLength(tries);
    },
  );

  it('does not look up what was certainly never tried', async () => {
    const { tasks, task, gateway } = harness;
    await tasks.authorize(task({ isFirstAttempt: true }));
    await tasks.capture(task({ isFirstAttempt: true }));
    expect(gateway.calls).toEqual(['authorize', 'capture']);
  });

  it('that arrives after the payment was closed is voided', async () => {
    const { tasks, task, gateway, types, send, facts } = harness;
    gateway.before = async () => {
      await send({ type: 'record-void', ...facts, reason: null });
    };
    expect(await tasks.authorize(task())).toMatchObject({ outcome: 'refused', code: 'payment-closed' });
    expect(types()).toEqual(['payment.voided']);
    expect(gateway.ledger.find(facts.orderId).status).toBe('voided');
  });
});

describe('a capture', () => {
  beforeEach(() => harness.tasks.authorize(harness.task()));

  it('takes the money once, however often it is asked for', async () => {
    const { tasks, task, gateway, types } = harness;
    expect(await tasks.capture(task())).toEqual(done('captured'));
    expect(await tasks.capture(task())).toEqual(done('captured'));
    expect(types()).toEqual(['payment.authorized', 'payment.captured']);
    expect(gateway.count('captured')).toBe(1);
  });

  it('whose outcome is unknown is looked up before it is tried again', async () => {
    const { tasks, task, gateway } = harness;
    gateway.faults = ['lose-answer'];
    await expect(tasks.capture(task())).rejects.toThrow(GatewayOutcomeUnknownError);
    gateway.calls = [];
    expect(await tasks.capture(task())).toEqual(done('captured'));
    expect(gateway.calls).toEqual(['find']);
    expect(gateway.count('captured')).toBe(1);
  });

  it('fails if the authorization was voided at the gateway', async () => {
    const { tasks, task, gateway, facts, types } = harness;
    const call = { ...facts, tenant: 'acme', amount: 900, reference: null, idempotencyKey: 'outside' };
    await gateway.void(call);
    expect(await tasks.capture(task())).toMatchObject({ outcome: 'done', data: { result: 'declined' } });
    expect(types()).toEqual(['payment.authorized', 'payment.failed']);
  });

  it('is refused when the payment is closed', async () => {
    const { tasks, task, gateway } = harness;
    await tasks.close(task(), null);
    expect(await tasks.capture(task())).toMatchObject({ outcome: 'refused', code: 'payment-closed' });
    expect(gateway.count('captured')).toBe(0);
  });
});

describe('closing', () => {
  it('makes the payment refuse all that is late, also at the gateway, when nothing had happened', async () => {
    const { tasks, task, gateway, types, facts } = harness;
    expect(await tasks.close(task(), 'timed out')).toEqual(done('voided'));
    expect(types()).toEqual(['payment.voided']);
    expect(await tasks.authorize(task())).toMatchObject({ outcome: 'refused', code: 'payment-closed' });
    const late = {
      ...facts,
      tenant: 'acme',
      amount: 900,
      token: null,
      country: null,
      idempotencyKey: 'late',
    };
    expect((await gateway.authorize(late)).result).toBe('declined');
  });

  it('voids an authorization, also one whose answer was lost', async () => {
    const { tasks, task, gateway, facts } = harness;
    gateway.faults = ['lose-answer'];
    await expect(tasks.authorize(task())).rejects.toThrow(GatewayOutcomeUnknownError);
    expect(await tasks.close(task(), null)).toEqual(done('voided'));
    expect(gateway.ledger.find(facts.orderId).status).toBe('voided');
  });

  it('refunds a capture, also one whose answer was lost', async () => {
    const { tasks, task, gateway, types, state } = harness;
    await tasks.authorize(task());
    gateway.faults = ['lose-answer'];
    await expect(tasks.capture(task())).rejects.toThrow(GatewayOutcomeUnknownError);
    expect(await tasks.close(task(), null)).toEqual(done('refunded'));
    expect(types()).toEqual(['payment.authorized', 'payment.captured', 'payment.refunded']);
    expect(await state()).toMatchObject({ status: 'refunded', captured: 900, refunded: 900 });
    expect(await tasks.close(task(), null)).toEqual(done('refunded'));
    expect(gateway.count('refunded')).toBe(1);
  });

  it('refunds what an operator has left', async () => {
    const { tasks, task, gateway, state, refund } = harness;
    await tasks.authorize(task());
    await tasks.capture(task());
    await tasks.refund(refund('r-1', 300, 'key'), null);
    gateway.faults = ['lose-answer'];
    expect(await untilAnswered(() => tasks.close(task(), null))).toEqual(done('refunded'));
    expect(await state()).toMatchObject({ status: 'refunded', captured: 900, refunded: 900 });
    expect(gateway.count('refunded')).toBe(2);
  });

  it('refunds a capture that wins the race against the void', async () => {
    const { tasks, task, gateway, state, facts } = harness;
    await tasks.authorize(task());
    gateway.before = async () => {
      const reference = `sim_${facts.orderId}`;
      await gateway.capture({
        ...facts,
        tenant: 'acme',
        amount: 900,
        reference,
        idempotencyKey: `${facts.orderId}/capture`,
      });
    };
    expect(await tasks.close(task(), null)).toEqual(done('refunded'));
    expect(await state()).toMatchObject({ status: 'refunded', captured: 900, refunded: 900 });
  });

  it('gives up what the gateway holds of a rejected payment', async () => {
    const { tasks, task, gateway, send, state, facts } = harness;
    await tasks.authorize({ ...task(), token: 'tok_review' });
    await send({ type: 'review-payment', orderId: facts.orderId, decision: 'reject', reason: null });
    expect(await tasks.close(task(), null)).toEqual(done('voided'));
    expect(await state()).toMatchObject({ status: 'failed', holdsMoney: false });
    gateway.calls = [];
    expect(await tasks.close(task(), null)).toEqual(done('voided'));
    expect(gateway.calls).toEqual([]);
  });
});

describe('forgoing a payment', () => {
  it('closes it without a word to the gateway, once', async () => {
    const { tasks, task, gateway, types, state } = harness;
    for (let times = 0; times < 2; times++) expect(await tasks.forgo(task(), null)).toEqual(done('voided'));
    expect(types()).toEqual(['payment.voided']);
    expect(await state()).toMatchObject({ status: 'voided', gateway: null, holdsMoney: false });
    expect(gateway.calls).toEqual([]);
    expect(await tasks.authorize(task())).toMatchObject({ outcome: 'refused', code: 'payment-closed' });
  });

  it('gives back what somebody has taken all the same', async () => {
    const { tasks, task, types } = harness;
    await tasks.authorize(task());
    expect(await tasks.forgo(task(), null)).toEqual(done('voided'));
    expect(types()).toEqual(['payment.authorized', 'payment.voided']);
  });
});

describe('a flag', () => {
  it('puts a payment in review before it reaches the gateway, and approval lets it go there', async () => {
    const { tasks, task, gateway, send, types, facts } = harness;
    expect(await tasks.flag(task(), 'too many orders')).toEqual(done('in-review', 'too many orders'));
    expect(await tasks.flag(task(), 'too many orders')).toEqual(done('in-review', 'too many orders'));
    expect(gateway.calls).toEqual([]);
    await send({ type: 'review-payment', orderId: facts.orderId, decision: 'approve', reason: null });
    expect(await tasks.authorize(task())).toEqual(done('authorized'));
    expect(types()).toEqual(['payment.flagged', 'payment.approved', 'payment.authorized']);
  });
});
