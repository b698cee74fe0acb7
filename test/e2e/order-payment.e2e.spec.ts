import { randomUUID } from 'node:crypto';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { keyed, pointersOf, problemOf, REUSED } from './commands.fixture.js';
import { eventually, someOrder, useSharedSystem } from './system.fixture.js';

const TOKEN = 'tok_ok';

describe('the payment of an order', () => {
  const { client } = useSharedSystem();
  const withPayment = (token: string) => ({ ...someOrder(), payment: { token, country: 'IE' } });

  it('has a token that leaves by no way, and that no filter finds out', async () => {
    const receiver = await WebhookReceiver.start();
    try {
      const callbackUrl = receiver.url;
      for (const format of ['native', 'cloudevents'])
        await client.subscribe({ callbackUrl, eventTypes: ['order.created'], format });
      const guess = { 'data.payment.token': TOKEN };
      const guessing = await client.subscribe({ callbackUrl, eventTypes: ['order.created'], filter: guess });
      expect(guessing.body.warnings).toMatchObject([{ eventTypes: ['order.created'] }]);

      const key = keyed(randomUUID());
      const created = await client.post('/v1/orders', withPayment(TOKEN), key);
      const { orderId } = created.body;
      const path = `/v1/orders/${orderId}`;
      const repeated = await client.post('/v1/orders', withPayment(TOKEN), key);
      expect(repeated.body).toEqual(created.body);
      expect(problemOf(await client.post('/v1/orders', withPayment('tok_other'), key))).toEqual(REUSED);

      await receiver.until((deliveries) => deliveries.length >= 2);
      const delivered = receiver.deliveries.map(({ event }) => event.data);
      expect(delivered).toEqual([
        expect.objectContaining({ orderId, customerId: 'c-1', payment: { country: 'IE' } }),
        expect.objectContaining({ orderId, customerId: 'c-1', payment: { country: 'IE' } }),
      ]);
      const answers = await eventually(async () => {
        const told = await Promise.all(
          [path, '/v1/orders', `${path}?version=1`, `${path}/events`].map((each) => client.get(each)),
        );
        expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        return told;
      });
      const polled = await client.get('/v1/events?from=beginning&wait=0&eventTypes=order.created');
      expect(polled.body.items[0].data.payment).toEqual({ country: 'IE' });
      const told = [created, ...answers, polled].map(({ body }) => body as unknown);
      expect(JSON.stringify([told, receiver.deliveries])).not.toContain(TOKEN);
    } finally {
      await receiver.close();
    }
  });

  it.each([
    ['a card number', { token: '4242 4242 4242 4242' }, '/payment/token'],
    ['an empty token', { token: '' }, '/payment/token'],
    ['a country in words', { token: TOKEN, country: 'Ireland' }, '/payment/country'],
    ['an unknown field', { token: TOKEN, cvc: '123' }, '/payment/cvc'],
  ])('cannot be %s, and its token is not repeated', async (_, payment, pointer) => {
    const answer = await client.post('/v1/orders', { ...someOrder(), payment });
    expect([answer.status, pointersOf(answer)]).toEqual([400, [pointer]]);
    if (payment.token !== '') expect(JSON.stringify(answer.body)).not.toContain(payment.token);
  });
});

describe('an order that is cancelled on request', () => {
  const { client } = useSharedSystem();

  it('says so, as does its event', async () => {
    const orderId = await client.createOrder();
    const path = `/v1/orders/${orderId}`;
    const change = { status: 'cancelled', reason: 'changed my mind' };
    const { body } = await client.patch(`${path}/status`, change);
    expect(body).toMatchObject({
      ...change,
      cancellation: { cause: 'requested', reason: 'changed my mind' },
    });
    await eventually(async () => {
      const { items } = (await client.get(`${path}/events`)).body;
      expect(items.at(-1).data).toMatchObject({
        orderId,
        customerId: 'c-1',
        currency: body.currency,
        total: body.total,
        cause: 'requested',
      });
    });
  });
});
