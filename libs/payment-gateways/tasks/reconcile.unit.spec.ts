import { newId } from '#libs/kernel';
import { startPaymentTasks } from './payment-tasks.fixture.js';

let harness: Awaited<ReturnType<typeof startPaymentTasks>>;
beforeEach(async () => {
  harness = await startPaymentTasks();
});
afterEach(() => harness.engine.release());

const reconcile = () => harness.tasks.reconcile(harness.task().cause, harness.facts.orderId);
const outside = (step: string) => {
  const { orderId, currency } = harness.facts;
  return {
    tenant: 'acme',
    orderId,
    currency,
    amount: 900,
    reference: `sim_${orderId}`,
    idempotencyKey: `outside/${step}`,
  };
};

describe('what happens at the gateway without us is recorded once', () => {
  it('nothing, before the payment has begun', async () => {
    await reconcile();
    expect(harness.types()).toEqual([]);
    expect(harness.gateway.calls).toEqual([]);
  });

  it('a capture', async () => {
    await harness.tasks.authorize(harness.task());
    await harness.gateway.capture(outside('capture'));
    await reconcile();
    await reconcile();
    expect(harness.types()).toEqual(['payment.authorized', 'payment.captured']);
  });

  it('a refund, in part', async () => {
    await harness.tasks.authorize(harness.task());
    await harness.tasks.capture(harness.task());
    await harness.gateway.refund({ ...outside('refund'), amount: 200, refundId: newId() });
    await reconcile();
    await reconcile();
    expect(harness.types()).toEqual(['payment.authorized', 'payment.captured', 'payment.refunded']);
    expect(await harness.state()).toMatchObject({ status: 'partially-refunded', refunded: 200 });
  });

  it('a void, after which nothing is captured', async () => {
    await harness.tasks.authorize(harness.task());
    await harness.gateway.void(outside('void'));
    await reconcile();
    await reconcile();
    expect(harness.types()).toEqual(['payment.authorized', 'payment.voided']);
    expect(await harness.tasks.capture(harness.task())).toMatchObject({ code: 'payment-closed' });
  });

  it('a review that ends with a void', async () => {
    await harness.tasks.authorize({ ...harness.task(), token: 'tok_review' });
    await reconcile();
    expect(harness.types()).toEqual(['payment.flagged']);
    await harness.gateway.void(outside('void'));
    await reconcile();
    await reconcile();
    expect(harness.types()).toEqual(['payment.flagged', 'payment.rejected', 'payment.voided']);
    expect(await harness.state()).toMatchObject({ status: 'failed', holdsMoney: false });
  });
});
