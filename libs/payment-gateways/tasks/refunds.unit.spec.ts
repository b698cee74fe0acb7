import { Logger } from '@nestjs/common';
import { newId } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';
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
