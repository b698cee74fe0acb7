import { join } from 'node:path';
import { StripeGateway } from '#libs/payment-gateways/stripe';
import { describePaymentGateway, FAKE_STRIPE_KEY, FakeStripe } from '#libs/payment-gateways/testing';
import { makeTestDirectory } from '#libs/testing';
import { canRunStripeMock, type EmbeddedServer, startStripeMock } from '../../tools/launcher/embedded.mjs';

/** Building it takes a while, once. */
const BUILD_MS = 300_000;

const isThere = canRunStripeMock();
if (!isThere) console.warn('Skipped: stripe-mock is not built, and there is no Go to build it.');

(isThere ? describe : describe.skip)('each request to Stripe is one that Stripe describes', () => {
  let mock: EmbeddedServer;
  let stripe: FakeStripe;
  beforeAll(async () => {
    mock = await startStripeMock({
      logFile: join(await makeTestDirectory('stripe-mock'), 'stripe-mock.log'),
    });
    stripe = await FakeStripe.open(mock.url);
  }, BUILD_MS);
  afterAll(async () => {
    await stripe.close();
    await mock.stop();
  });

  describePaymentGateway('Stripe, shown to stripe-mock', () =>
    Promise.resolve({
      gateway: new StripeGateway({ apiKey: FAKE_STRIPE_KEY, apiUrl: stripe.url, timeoutMs: 10_000 }),
      tokens: { ok: 'tok_visa', declined: 'tok_chargeDeclined', review: 'tok_riskLevelElevated' },
    }),
  );

  it('and stripe-mock objects to others', async () => {
    expect(stripe.objections).toEqual([]);
    const headers = { authorization: `Bearer ${FAKE_STRIPE_KEY}`, 'idempotency-key': 'wrong' };
    await fetch(`${stripe.url}/v1/payment_intents`, { method: 'POST', headers, body: 'amount=many' });
    expect(stripe.objections).toHaveLength(1);
  });
});
