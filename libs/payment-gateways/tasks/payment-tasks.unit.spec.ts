import { Logger } from '@nestjs/common';
import { newId } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
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

describe('a refund', () => {
  beforeEach(async () => {
    await harness.tasks.authorize(harness.task());
    await harness.tasks.capture(harness.task());
  });

  it('of no amount gives back all that is left, and a retry gets the first answer', async () => {
    const { tasks, gateway, refund } = harness;
    const first = await tasks.refund(refund('r-1', null, 'key'), 'broken');
    expect(first.stream.state).toMatchObject({ status: 'refunded', refunded: 900 });
    const calls = gateway.calls.length;
    expect(await tasks.refund(refund('r-1', null, 'key'), 'broken')).toEqual(first);
    expect(gateway.calls).toHaveLength(calls);
  });

  it('under a key that was used for another request is refused before money moves', async () => {
    const { tasks, gateway, refund } = harness;
    await tasks.refund(refund('r-1', 100, 'key'), null);
    await expect(tasks.refund(refund('r-1', 200, 'key'), null)).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect(gateway.count('refunded')).toBe(1);
  });

  it.each(['lose-request', 'lose-answer', 'unavailable'] as const)(
    'is made once although the gateway has a fault: %s',
    async (fault) => {
      const { tasks, gateway, refund, state } = harness;
      gateway.faults = [fault];
      const answer = await untilAnswered(() => tasks.refund(refund('r-1', null, 'key'), null));
      expect(answer.stream.state).toMatchObject({ status: 'refunded', refunded: 900 });
      expect(await state()).toEqual(answer.stream.state);
      expect(gateway.count('refunded')).toBe(1);
    },
  );

  it('counts one whose answer never came, when the next is asked for', async () => {
    const { tasks, gateway, refund, state } = harness;
    gateway.faults = ['lose-answer'];
    await expect(tasks.refund(refund('r-1', 600, 'key-1'), null)).rejects.toThrow(GatewayOutcomeUnknownError);
    await tasks.refund(refund('r-2', null, 'key-2'), null);
    expect(await state()).toMatchObject({
      status: 'refunded',
      refunds: [
        { refundId: 'r-1', amount: 600 },
        { refundId: 'r-2', amount: 300 },
      ],
    });
  });

  it('never exceeds what was captured, nor when two are asked for at once', async () => {
    const { tasks, gateway, refund, state } = harness;
    await expect(tasks.refund(refund('r-1', 901, 'key-1'), null)).rejects.toMatchObject({
      code: 'refund-exceeds-captured',
    });
    const both = ['r-2', 'r-3'].map((id) => tasks.refund(refund(id, 500, id), null));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(gateway.count('refunded')).toBe(1);
    expect(await state()).toMatchObject({ refunded: 500 });
  });

  const outside = (amount: number) => {
    const { facts, gateway } = harness;
    const reference = `sim_${facts.orderId}`;
    const call = { ...facts, tenant: 'acme', amount, reference, refundId: newId() };
    return gateway.refund({ ...call, idempotencyKey: `outside/${call.refundId}` });
  };

  it('is refused before the gateway is called if a refund made there leaves too little', async () => {
    const { tasks, gateway, refund, state } = harness;
    await outside(500);
    gateway.calls = [];
    await expect(tasks.refund(refund('r-1', 401, 'key-1'), null)).rejects.toMatchObject({
      code: 'refund-exceeds-captured',
      message: expect.stringContaining('400 left to refund') as string,
    });
    expect(gateway.calls).toEqual(['find']);
    expect(await state()).toMatchObject({ status: 'partially-refunded', refunded: 500 });
  });

  it.each([null, 1])('of %j is refused if all was refunded at the gateway', async (amount) => {
    const { tasks, gateway, refund, state } = harness;
    await outside(900);
    gateway.calls = [];
    await expect(tasks.refund(refund('r-1', amount, 'key-1'), null)).rejects.toMatchObject({
      code: 'refund-exceeds-captured',
      message: expect.stringContaining('nothing left to refund') as string,
    });
    expect(gateway.calls).toEqual(['find']);
    expect(await state()).toMatchObject({ status: 'refunded', refunded: 900 });
  });

  it.each([null, 900])('of %j that is asked for four times at once is made once', async (amount) => {
    const { tasks, gateway, refund, state } = harness;
    const outcomes = await Promise.allSettled(
      ['r-1', 'r-2', 'r-3', 'r-4'].map((id) => tasks.refund(refund(id, amount, id), null)),
    );
    const answers = outcomes.map((each) =>
      each.status === 'fulfilled' ? 'made' : (each.reason as { readonly code?: string }).code,
    );
    expect(answers.toSorted()).toEqual(['made', ...Array<string>(3).fill('refund-exceeds-captured')]);
    expect(gateway.count('refunded')).toBe(1);
    expect(await state()).toMatchObject({ status: 'refunded', refunded: 900 });
  });

  it('of no amount gives back what a faster one has left', async () => {
    const { tasks, gateway, refund, state } = harness;
    gateway.before = async () => {
      await outside(300);
    };
    const { stream } = await tasks.refund(refund('r-1', null, 'key'), null);
    expect(stream.state).toMatchObject({ status: 'refunded', refunds: [{ amount: 300 }, { amount: 600 }] });
    expect(await state()).toEqual(stream.state);
  });

  it('that the gateway declines for a reason of its own is declined', async () => {
    const { tasks, gateway, refund } = harness;
    gateway.refund = () => Promise.resolve({ result: 'declined', reason: 'The charge is disputed.' });
    await expect(tasks.refund(refund('r-1', 100, 'key'), null)).rejects.toMatchObject({
      code: 'refund-declined',
      message: 'The charge is disputed.',
    });
  });

  describe('whose answer is lost', () => {
    it('is recorded without the client, under its key and with its reason', async () => {
      const { tasks, gateway, refund, types, clock, state } = harness;
      gateway.faults = ['lose-answer'];
      await expect(tasks.refund(refund('r-1', 300, 'key'), 'broken')).rejects.toThrow(
        GatewayOutcomeUnknownError,
      );
      expect(types()).not.toContain('payment.refunded');
      clock.elapse();
      await until(() => types().includes('payment.refunded'));
      expect(await state()).toMatchObject({ refunds: [{ refundId: 'r-1', amount: 300 }], reason: 'broken' });
      const calls = gateway.calls.length;
      expect((await tasks.refund(refund('r-1', 300, 'key'), 'broken')).stream.version).toBe(3);
      await expect(tasks.refund(refund('r-1', 200, 'key'), null)).rejects.toMatchObject({
        code: 'idempotency-key-reused',
      });
      expect([gateway.count('refunded'), gateway.calls.length]).toEqual([1, calls]);
      expect(clock.sleepers).toBe(0);
    });

    it('is looked up until the gateway answers', async () => {
      const { tasks, gateway, refund, types, clock } = harness;
      const { find } = gateway;
      gateway.faults = ['lose-answer'];
      await expect(tasks.refund(refund('r-1', 300, undefined), null)).rejects.toThrow();
      gateway.find = () => Promise.reject(new GatewayUnavailableError('away'));
      for (let looks = 1; looks <= 12; looks++) {
        clock.elapse();
        await until(() => clock.pauses.length === looks + 1);
      }
      gateway.find = find;
      clock.elapse();
      await until(() => types().includes('payment.refunded'));
    });

    it('is recorded if its event could not be appended', async () => {
      const { tasks, commands, refund, types, clock } = harness;
      const { execute } = commands;
      const away = Promise.reject(new Error('Kafka is away'));
      commands.execute = (aggregate, request) =>
        JSON.stringify(request).includes('record-refund') ? away : execute(aggregate, request);
      await expect(tasks.refund(refund('r-1', 300, 'key'), null)).rejects.toThrow('Kafka is away');
      commands.execute = execute;
      clock.elapse();
      await until(() => types().includes('payment.refunded'));
    });

    it('is not looked up if the gateway was certainly not reached', async () => {
      const { tasks, gateway, refund, clock } = harness;
      gateway.faults = ['unavailable'];
      await expect(tasks.refund(refund('r-1', 300, 'key'), null)).rejects.toThrow(GatewayUnavailableError);
      expect(clock.sleepers).toBe(0);
    });
  });

  it('needs the version that the client saw', async () => {
    const { tasks, gateway, refund } = harness;
    await expect(tasks.refund(refund('r-1', 100, 'key', 1), null)).rejects.toMatchObject({
      code: 'version-mismatch',
    });
    expect(gateway.count('refunded')).toBe(0);
    await tasks.refund(refund('r-1', 100, 'key', 2), null);
    expect(gateway.count('refunded')).toBe(1);
  });
});
