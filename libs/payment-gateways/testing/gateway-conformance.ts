import { newId } from '#libs/kernel';
import type { PaymentGateway } from '#libs/payments';

export interface GatewayUnderTest {
  readonly gateway: PaymentGateway;
  /** Tokens that lead to the outcomes. */
  readonly tokens: { readonly ok: string; readonly declined: string; readonly review: string };
}

const [amount, currency] = [900, 'EUR'];

/** What every payment gateway guarantees: see `PaymentGateway`. */
export function describePaymentGateway(name: string, open: () => Promise<GatewayUnderTest>): void {
  describe(`payment gateway: ${name}`, () => {
    let subject: GatewayUnderTest;
    let orderId: string;
    beforeAll(async () => {
      subject = await open();
    });
    beforeEach(() => {
      orderId = newId();
    });

    const call = (step: string) => ({
      tenant: 'acme',
      orderId,
      amount,
      currency,
      idempotencyKey: `${orderId}/${step}`,
    });
    const authorize = (token: string | null = subject.tokens.ok) =>
      subject.gateway.authorize({ ...call('authorize'), token, country: 'DE' });
    const authorized = async () => {
      const answer = await authorize();
      if (answer.result !== 'authorized') throw new Error(`not authorized: ${answer.result}`);
      return answer.reference;
    };
    const capture = (reference: string, step = 'capture') =>
      subject.gateway.capture({ ...call(step), reference });
    const captured = async () => {
      const reference = await authorized();
      expect(await capture(reference)).toEqual({ result: 'captured', amount });
      return reference;
    };
    const refund = (reference: string, refundId: string, part: number) =>
      subject.gateway.refund({ ...call(`refund/${refundId}`), amount: part, reference, refundId });
    const cancel = (reference: string | null, step = 'void') =>
      subject.gateway.void({ ...call(step), reference });
    const find = (reference: string | null = null) => subject.gateway.find(orderId, reference);

    it('knows nothing of an order that never came', async () => {
      expect(await find()).toMatchObject({ status: 'none', captured: 0, refunds: [] });
    });

    it('holds money, and takes it with a second call', async () => {
      const reference = await authorized();
      expect(await find(reference)).toMatchObject({ status: 'authorized', reference, captured: 0 });
      expect(await capture(reference)).toEqual({ result: 'captured', amount });
      expect(await find(reference)).toMatchObject({ status: 'captured', reference, captured: amount });
    });

    it('finds an authorization whose answer was lost, by the order alone', async () => {
      const reference = await authorized();
      expect(await find()).toMatchObject({ status: 'authorized', reference });
    });

    it('carries out each call once for its idempotency key, and repeats the answer', async () => {
      const reference = await authorized();
      expect(await authorize()).toEqual({ result: 'authorized', reference });
      const first = await capture(reference);
      expect(await capture(reference)).toEqual(first);
      const refundId = newId();
      expect(await refund(reference, refundId, 300)).toEqual({ result: 'refunded' });
      expect(await refund(reference, refundId, 300)).toEqual({ result: 'refunded' });
      expect((await find(reference)).refunds).toEqual([{ refundId, amount: 300 }]);
    });

    it('never captures twice, whatever the key', async () => {
      const reference = await captured();
      const again = await capture(reference, 'another-capture');
      expect(again.result).toBe('declined');
      expect((await find(reference)).captured).toBe(amount);
    });

    it('declines a card', async () => {
      const answer = await authorize(subject.tokens.declined);
      expect(answer).toMatchObject({ result: 'declined', reason: expect.stringMatching(/\w/) });
      expect((await find()).status).not.toBe('authorized');
    });

    it('holds money that is in review', async () => {
      const answer = await authorize(subject.tokens.review);
      expect(answer).toMatchObject({ result: 'review', reference: expect.any(String) });
      if (answer.result !== 'review') return;
      expect(answer.reason).toMatch(/\w/);
      expect(await find(answer.reference)).toMatchObject({ status: 'review', reference: answer.reference });
      expect(await capture(answer.reference)).toEqual({ result: 'captured', amount });
    });

    it('never captures what was voided', async () => {
      const reference = await authorized();
      expect(await cancel(reference)).toEqual({ result: 'voided' });
      expect(await cancel(reference, 'another-void')).toEqual({ result: 'voided' });
      expect((await capture(reference)).result).toBe('declined');
      expect(await find(reference)).toMatchObject({ status: 'voided', captured: 0 });
    });

    it('does not void what was captured, but says so', async () => {
      const reference = await captured();
      expect(await cancel(reference)).toEqual({ result: 'captured' });
      expect(await find(reference)).toMatchObject({ status: 'captured', captured: amount });
    });

    it('refuses an authorization that arrives after the order was voided', async () => {
      expect(await cancel(null)).toEqual({ result: 'voided' });
      expect((await authorize()).result).toBe('declined');
    });

    it('refunds in parts, never beyond what was captured', async () => {
      const reference = await captured();
      const [first, second, third] = [newId(), newId(), newId()];
      expect(await refund(reference, first, 300)).toEqual({ result: 'refunded' });
      expect((await refund(reference, second, 601)).result).toBe('declined');
      expect(await refund(reference, third, 600)).toEqual({ result: 'refunded' });
      const { refunds } = await find(reference);
      expect(refunds).toHaveLength(2);
      expect(refunds).toEqual(
        expect.arrayContaining([
          { refundId: first, amount: 300 },
          { refundId: third, amount: 600 },
        ]),
      );
    });

    it('does not refund what was not captured', async () => {
      expect((await refund(await authorized(), newId(), 1)).result).toBe('declined');
    });
  });
}
