import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';
import { FAKE_STRIPE_KEY, FakeStripe } from '#libs/payment-gateways/testing';
import { problemOf } from './commands.fixture.js';
import { PaymentDesk } from './payment-desk.fixture.js';
import { type Client, eventually, useSharedSystem } from './system.fixture.js';

const WEBHOOK = '/v1/payment-gateways/stripe/webhook';
const SECRET = 'whsec_test';
const stripe = await FakeStripe.open();
const SETTINGS = {
  FULFILMENT_ENABLED: 'false',
  PAYMENT_GATEWAY: 'stripe',
  STRIPE_API_KEY: FAKE_STRIPE_KEY,
  STRIPE_API_URL: stripe.url,
  STRIPE_WEBHOOK_SECRET: SECRET,
};

describe('payments at Stripe', () => {
  const { system } = useSharedSystem({ settings: SETTINGS });
  const tenant = `tenant-${randomUUID()}`;
  let desk: PaymentDesk;
  let client: Client;
  beforeAll(async () => {
    desk = await PaymentDesk.open(system.databaseUrl, SETTINGS);
    client = await system.client(tenant);
  });
  afterAll(async () => {
    await desk.close();
    await stripe.close();
  });

  async function captured() {
    const orderId = await client.createOrder();
    await desk.tasks.authorize(desk.task(tenant, orderId, 'pm_card_visa'));
    await desk.tasks.capture(desk.task(tenant, orderId));
    const intent = [...stripe.account.intents.values()].find(
      ({ metadata }) => metadata['orderId'] === orderId,
    );
    if (!intent) throw new Error('Stripe has no such payment');
    return { orderId, intent };
  }

  const tell = (object: object, secret = SECRET, ageSeconds = 0) => {
    const payload = JSON.stringify(
      { id: `evt_${randomUUID()}`, object: 'event', data: { object } },
      undefined,
      2,
    );
    const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds;
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
    // Stripe has no key of ours.
    return fetch(`${system.app.url}${WEBHOOK}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body: payload,
    });
  };
  const refunded = async (orderId: string) => (await client.get(`/v1/payments/${orderId}`)).body.refunded;

  it('are captured and refunded there', async () => {
    const { orderId, intent } = await captured();
    const answer = await client.post(`/v1/payments/${orderId}/refunds`, { amount: 400 });
    expect([answer.status, answer.body.gateway, answer.body.refunded]).toEqual([201, 'stripe', 400]);
    expect(stripe.account.refunds.filter((refund) => refund.payment_intent === intent.id)).toMatchObject([
      { amount: 400, metadata: { orderId, tenant } },
    ]);
  });

  it('get the refunds that were made in the dashboard, once, when Stripe tells of them', async () => {
    const { orderId, intent } = await captured();
    const refund = { id: `re_${randomUUID()}`, payment_intent: intent.id, amount: 300, metadata: {} };
    stripe.account.refunds.push(refund);
    for (let time = 0; time < 2; time++)
      expect((await tell({ object: 'refund', ...refund })).status).toBe(204);
    await eventually(async () => expect(await refunded(orderId)).toBe(300));
    expect((await client.get(`/v1/payments/${orderId}`)).body.refunds).toHaveLength(1);
    const left = await client.post(`/v1/payments/${orderId}/refunds`, {});
    expect(left.body).toMatchObject({ status: 'refunded', refunded: 1_900 });
  });

  it('ignore what is signed by somebody else, or is too old, or is about something else', async () => {
    const { intent } = await captured();
    const about = { object: 'payment_intent', id: intent.id };
    for (const answer of [await tell(about, 'whsec_other'), await tell(about, SECRET, 301)])
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        401,
        'unauthorized',
      ]);
    expect(problemOf(await client.post(WEBHOOK, about))).toEqual([401, 'unauthorized']);
    expect((await tell({ object: 'customer', id: 'cus_1' })).status).toBe(204);
  });
});
