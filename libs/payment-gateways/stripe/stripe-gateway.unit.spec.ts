import { newId } from '#libs/kernel';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';
import { describePaymentGateway } from '../testing/gateway-conformance.js';
import { FAKE_STRIPE_KEY, FakeStripe } from '../testing/fake-stripe.js';
import { StripeGateway } from './stripe-gateway.js';

let stripe: FakeStripe;
let gateway: StripeGateway;
let orderId: string;
beforeAll(async () => {
  stripe = await FakeStripe.open();
  gateway = new StripeGateway({ apiKey: FAKE_STRIPE_KEY, apiUrl: stripe.url, timeoutMs: 1_000 });
});
afterAll(() => stripe.close());
beforeEach(() => {
  orderId = newId();
  stripe.account.searchLags = false;
});

describePaymentGateway('Stripe, by its shapes', () =>
  Promise.resolve({
    gateway,
    tokens: { ok: 'tok_visa', declined: 'tok_chargeDeclined', review: 'tok_riskLevelElevated' },
  }),
);

const call = (step: string, amount = 900, currency = 'EUR') => ({
  tenant: 'acme',
  orderId,
  amount,
  currency,
  idempotencyKey: `${orderId}/${step}`,
});
const authorize = (token: string | null = 'pm_card_visa', amount = 900, currency = 'EUR') =>
  gateway.authorize({ ...call('authorize', amount, currency), token, country: null });
async function authorized(): Promise<string> {
  const answer = await authorize();
  if (answer.result !== 'authorized') throw new Error(answer.result);
  return answer.reference;
}

describe('a payment at Stripe', () => {
  it('is one PaymentIntent, which names the order and the tenant', async () => {
    const reference = await authorized();
    expect(stripe.account.intents.get(reference)).toMatchObject({
      amount: 900,
      currency: 'eur',
      metadata: { orderId, tenant: 'acme' },
    });
    expect(await gateway.orderOf(reference)).toEqual({ orderId, tenant: 'acme' });
  });

  it('is declined without a token, and when the bank asks for the customer', async () => {
    const before = stripe.account.intents.size;
    expect((await authorize(null)).result).toBe('declined');
    expect(stripe.account.intents.size).toBe(before);
    expect(await authorize('tok_threeDSecureRequired')).toMatchObject({
      result: 'declined',
      reason: expect.stringContaining('authenticate'),
    });
  });

  it.each([
    ['ISK', 900, 90_000],
    ['JPY', 900, 900],
    ['MGA', 900, 9],
    ['EUR', 900, 900],
  ])('in %s has the amount in the units of Stripe', async (currency, amount, units) => {
    const answer = await authorize('tok_visa', amount, currency);
    if (answer.result !== 'authorized') throw new Error(answer.result);
    const { reference } = answer;
    expect(stripe.account.intents.get(reference)?.amount).toBe(units);
    await gateway.capture({ ...call('capture', amount, currency), reference });
    expect(await gateway.find(orderId, reference)).toMatchObject({ status: 'captured', captured: amount });
  });

  it('is declined if Stripe cannot represent its amount', async () => {
    expect((await authorize('tok_visa', 901, 'MGA')).result).toBe('declined');
  });
});

describe('an answer of Stripe that is lost', () => {
  it('is known again although the search lags behind, and nothing is done twice', async () => {
    const before = stripe.account.intents.size;
    stripe.faults = [undefined, 'lose-answer'];
    await expect(authorize()).rejects.toThrow(GatewayOutcomeUnknownError);
    stripe.account.searchLags = true;
    expect((await gateway.find(orderId, null)).status).toBe('none');
    expect((await authorize()).result).toBe('authorized');
    expect(stripe.account.intents.size).toBe(before + 1);
  });

  it('of a capture is looked up', async () => {
    const reference = await authorized();
    stripe.faults = ['lose-answer'];
    await expect(gateway.capture({ ...call('capture'), reference })).rejects.toThrow(
      GatewayOutcomeUnknownError,
    );
    expect(await gateway.find(orderId, reference)).toMatchObject({ status: 'captured', captured: 900 });
  });

  it('does not stay a failure because Stripe repeats that for the same key', async () => {
    const reference = await authorized();
    stripe.faults = ['fail'];
    await expect(gateway.capture({ ...call('capture'), reference })).rejects.toThrow(
      GatewayOutcomeUnknownError,
    );
    expect(await gateway.capture({ ...call('capture'), reference })).toEqual({
      result: 'captured',
      amount: 900,
    });
  });

  it('voids the same PaymentIntent that a late authorization meets', async () => {
    stripe.faults = ['lose-answer'];
    await expect(authorize()).rejects.toThrow(GatewayOutcomeUnknownError);
    stripe.account.searchLags = true;
    expect(await gateway.void({ ...call('void'), reference: null })).toEqual({ result: 'voided' });
    expect((await authorize()).result).toBe('declined');
  });
});

describe('what happens at Stripe without us', () => {
  it('is found: a refund in the dashboard, once, under an id of its own', async () => {
    const reference = await authorized();
    await gateway.capture({ ...call('capture'), reference });
    stripe.account.refunds.push({ id: 're_dashboard', payment_intent: reference, amount: 200, metadata: {} });
    const { refunds } = await gateway.find(orderId, reference);
    expect(refunds).toEqual([{ refundId: expect.stringMatching(/^[\da-f-]{36}$/), amount: 200 }]);
    expect(await gateway.find(orderId, reference)).toMatchObject({ refunds });
  });

  it('is found: a review that was closed', async () => {
    const answer = await authorize('tok_riskLevelElevated');
    if (answer.result !== 'review') throw new Error(answer.result);
    const intent = stripe.account.intents.get(answer.reference);
    if (intent) intent.review = { id: 'prv_1', object: 'review', open: false, reason: 'approved' };
    expect(await gateway.find(orderId, answer.reference)).toMatchObject({ status: 'authorized' });
  });
});

it('says that nothing was done when Stripe cannot be reached', async () => {
  const away = new StripeGateway({ apiKey: FAKE_STRIPE_KEY, apiUrl: 'http://127.0.0.1:9', timeoutMs: 1_000 });
  await expect(away.find(orderId, null)).rejects.toThrow(GatewayUnavailableError);
  await expect(away.void({ ...call('void'), reference: 'pi_1' })).rejects.toThrow(GatewayUnavailableError);
});
