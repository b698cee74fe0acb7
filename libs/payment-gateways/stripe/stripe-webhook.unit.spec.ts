import Stripe from 'stripe';
import { stripeNotice, StripeSignatureError } from './stripe-webhook.js';

const secret = 'whsec_test';
const bodyOf = (object: object) =>
  Buffer.from(JSON.stringify({ id: 'evt_1', object: 'event', type: 'any', data: { object } }));
const signed = (body: Buffer, by = secret, ageSeconds = 0): string =>
  Stripe.webhooks.generateTestHeaderString({
    payload: body.toString(),
    secret: by,
    timestamp: Math.floor(Date.now() / 1_000) - ageSeconds,
  });
const intent = { object: 'payment_intent', id: 'pi_1' };

describe('a notice of Stripe', () => {
  it.each([
    ['a PaymentIntent', intent],
    ['a charge', { object: 'charge', id: 'ch_1', payment_intent: 'pi_1' }],
    ['a refund in the dashboard', { object: 'refund', id: 're_1', payment_intent: 'pi_1' }],
    ['a review', { object: 'review', id: 'prv_1', payment_intent: { id: 'pi_1' } }],
  ])('about %s names the payment to look up', (_, object) => {
    const body = bodyOf(object);
    expect(stripeNotice(body, signed(body), secret)).toEqual({ eventId: 'evt_1', paymentIntent: 'pi_1' });
  });

  it.each([
    { object: 'customer', id: 'cus_1' },
    { object: 'charge', id: 'ch_1', payment_intent: null },
  ])('about anything else is ignored: %j', (object) => {
    const body = bodyOf(object);
    expect(stripeNotice(body, signed(body), secret)).toBeUndefined();
  });

  it('is refused unless Stripe signed just this, with this secret, within five minutes', () => {
    const body = bodyOf(intent);
    const refusals: readonly [Buffer, string | undefined][] = [
      [body, undefined],
      [body, ''],
      [body, 'v1=00'],
      [body, signed(body, 'whsec_other')],
      [body, signed(body, secret, 301)],
      [Buffer.from(body.toString().replace('pi_1', 'pi_2')), signed(body)],
      [Buffer.from(`${body.toString()} `), signed(body)],
      [Buffer.alloc(0), signed(body)],
    ];
    for (const [given, signature] of refusals)
      expect(() => stripeNotice(given, signature, secret)).toThrow(StripeSignatureError);
    expect(stripeNotice(body, signed(body, secret, 290), secret)).toBeDefined();
  });
});
