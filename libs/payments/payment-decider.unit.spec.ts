import { emptyStream } from '#libs/kernel';
import { specify } from '#libs/kernel/testing';
import type { PaymentFacts } from './payment.js';
import type { PaymentCommand } from './payment-commands.js';
import { MAX_REFUNDS, paymentDecider } from './payment-decider.js';
import { paymentDocument, unbegunPaymentDocument } from './payment-document.js';
import type { PaymentEvent } from './payment-events.js';

const orderId = '0197a2f0-0000-7000-8000-000000000001';
const facts: PaymentFacts = { orderId, customerId: 'c-1', currency: 'EUR', total: 900 };
const held = { gateway: 'simulated', reference: 'auth-1' };
const none = { gateway: null, reference: null };
const refundId = (index: number) => `0197a2f0-0000-7000-9000-${String(index).padStart(12, '0')}`;

const authorize: PaymentCommand = { type: 'record-authorization', ...facts, ...held };
const flag = (by: typeof held | typeof none): PaymentCommand => ({
  type: 'flag-payment',
  ...facts,
  ...by,
  reason: 'unusual',
});
const review = (decision: 'approve' | 'reject'): PaymentCommand => ({
  type: 'review-payment',
  orderId,
  decision,
  reason: null,
});
const capture = (amount = 900): PaymentCommand => ({ type: 'record-capture', orderId, amount });
const failure: PaymentCommand = {
  type: 'record-failure',
  ...facts,
  gateway: 'simulated',
  reason: 'no funds',
  cause: 'insufficient-funds',
};
const voiding: PaymentCommand = { type: 'record-void', ...facts, reason: null };
const refund = (amount: number, index = 1): PaymentCommand => ({
  type: 'record-refund',
  orderId,
  refundId: refundId(index),
  amount,
  reason: null,
});
const check = (amount: number | null, index = 1): PaymentCommand => ({
  type: 'check-refund',
  orderId,
  refundId: refundId(index),
  amount,
});

const authorized: PaymentEvent = { type: 'payment.authorized', data: { ...facts, ...held, amount: 900 } };
const flagged = (by: typeof held | typeof none): PaymentEvent => ({
  type: 'payment.flagged',
  data: { ...facts, ...by, reason: 'unusual' },
});
const approved: PaymentEvent = { type: 'payment.approved', data: { ...facts, reason: null } };
const rejected: PaymentEvent = { type: 'payment.rejected', data: { ...facts, reason: null } };
const captured: PaymentEvent = { type: 'payment.captured', data: { ...facts, ...held, amount: 900 } };
const failed: PaymentEvent = {
  type: 'payment.failed',
  data: { ...facts, gateway: 'simulated', reason: 'no funds', cause: 'insufficient-funds' },
};
const voided = (by: typeof held | typeof none): PaymentEvent => ({
  type: 'payment.voided',
  data: { ...facts, ...by, reason: null },
});
const refunded = (amount: number, sum = amount, index = 1): PaymentEvent => ({
  type: 'payment.refunded',
  data: { ...facts, ...held, refundId: refundId(index), amount, refunded: sum, reason: null },
});

const given = specify(paymentDecider);
const after = (...events: readonly PaymentEvent[]) =>
  events.reduce(paymentDecider.evolve, paymentDecider.initialState);

describe('a payment', () => {
  it('is authorized, captured, and refunded in parts', () => {
    given().when(authorize).then(authorized);
    given(authorized).when(capture()).then(captured);
    given(authorized, captured).when(refund(300)).then(refunded(300));
    given(authorized, captured, refunded(300))
      .when(refund(600, 2))
      .then(refunded(600, 900, 2));
    expect(after(authorized, captured, refunded(300)).status).toBe('partially-refunded');
    expect(after(authorized, captured, refunded(300), refunded(600, 900, 2)).status).toBe('refunded');
  });

  it.each([
    ['a second authorization', authorize, [authorized]],
    ['an authorization after the capture', authorize, [authorized, captured]],
    ['a second capture', capture(), [authorized, captured]],
    ['a capture after a refund in part', capture(), [authorized, captured, refunded(300)]],
    ['a capture before the review', capture(), [flagged(held)]],
    ['a capture before the authorization', capture(), [flagged(none), approved]],
    ['a void after the capture', voiding, [authorized, captured]],
    ['a failure after the capture', failure, [authorized, captured]],
    ['a flag after the authorization', flag(none), [authorized]],
  ])('refuses %s', (_, command, events) => {
    given(...events)
      .when(command)
      .thenRefused('payment-step-forbidden');
  });

  it.each([
    ['failed', [failed]],
    ['rejected', [flagged(none), rejected]],
    ['voided', [authorized, voided(held)]],
    ['voided before any authorization', [voided(none)]],
    ['refunded', [authorized, captured, refunded(900)]],
  ])('that was %s refuses all that is late', (_, events) => {
    for (const late of [authorize, capture(), flag(held), failure, voiding])
      given(...events)
        .when(late)
        .thenRefused('payment-closed');
  });

  it('cannot be reviewed, captured or refunded before its first event', () => {
    for (const command of [review('approve'), capture(), refund(1), check(null)])
      given().when(command).thenRefused('payment-not-found');
  });

  it.each([0, -1, 1.5, Number.NaN, 901])('cannot be captured with %p of 900', (amount) => {
    given(authorized).when(capture(amount)).thenRefused('payment-amount-invalid');
  });

  it('fails when the gateway declines the authorization or the capture', () => {
    given().when(failure).then(failed);
    given(authorized).when(failure).then(failed);
  });

  it('is voided also when nothing was recorded, so that a late authorization is refused', () => {
    given().when(voiding).then(voided(none));
    given(authorized).when(voiding).then(voided(held));
    given(flagged(held)).when(voiding).then(voided(held));
  });
});

describe('a flagged payment', () => {
  it('is authorized once it is approved, if the gateway holds the money', () => {
    given().when(flag(held)).then(flagged(held));
    given(flagged(held)).when(review('approve')).then(approved);
    given(flagged(held), approved).when(capture()).then(captured);
  });

  it('is pending once it is approved, if it has not reached the gateway', () => {
    given().when(flag(none)).then(flagged(none));
    expect(after(flagged(none), approved).status).toBe('pending');
    given(flagged(none), approved).when(authorize).then(authorized);
    given(flagged(none), approved).when(flag(held)).then(flagged(held));
  });

  it('fails once it is rejected, and the gateway can still void what it holds, once', () => {
    given(flagged(held)).when(review('reject')).then(rejected);
    given(flagged(held), rejected).when(voiding).then(voided(held));
    expect(after(flagged(held), rejected, voided(held)).status).toBe('failed');
    given(flagged(held), rejected, voided(held)).when(voiding).thenRefused('payment-closed');
    given(flagged(none), rejected).when(voiding).thenRefused('payment-closed');
  });

  it.each([
    ['authorized', [authorized]],
    ['approved already', [flagged(none), approved]],
    ['rejected already', [flagged(none), rejected]],
    ['voided', [flagged(none), voided(none)]],
  ])('is reviewed while it is in review: not when it is %s', (_, events) => {
    for (const decision of ['approve', 'reject'] as const)
      given(...events)
        .when(review(decision))
        .thenRefused('payment-not-in-review');
  });
});

describe('a refund', () => {
  it('never exceeds what was captured, together with all others', () => {
    given(authorized, captured).when(refund(901)).thenRefused('refund-exceeds-captured');
    given(authorized, captured, refunded(300)).when(refund(601, 2)).thenRefused('refund-exceeds-captured');
    given(authorized).when(refund(1)).thenRefused('refund-exceeds-captured');
  });

  it('says what is left, or that nothing is', () => {
    const detailOf = (command: PaymentCommand, ...events: PaymentEvent[]) => {
      const decision = paymentDecider.decide(command, after(...events));
      return decision.ok ? undefined : decision.problem.detail;
    };
    const is = `The payment of order ${orderId} is`;
    expect(detailOf(check(901), authorized, captured)).toBe(
      `${is} captured, with 900 left to refund; cannot refund 901.`,
    );
    const nothing = 'with nothing left to refund.';
    expect(detailOf(check(null), authorized)).toBe(`${is} authorized, ${nothing}`);
    for (const command of [check(null, 2), check(1, 2), refund(1, 2)])
      expect(detailOf(command, authorized, captured, refunded(900))).toBe(`${is} refunded, ${nothing}`);
  });

  it('is recorded once', () => {
    given(authorized, captured, refunded(300)).when(refund(300)).thenRefused('refund-already-made');
  });

  it.each([0, -1, 1.5, Number.NaN])('is not of %p', (amount) => {
    given(authorized, captured).when(refund(amount)).thenRefused('payment-amount-invalid');
    given(authorized, captured).when(check(amount)).thenRefused('payment-amount-invalid');
  });

  it('is checked without an event before money moves', () => {
    given(authorized, captured).when(check(null)).thenNothing();
    given(authorized, captured).when(check(900)).thenNothing();
    given(authorized, captured).when(check(901)).thenRefused('refund-exceeds-captured');
    given(authorized, captured, refunded(900)).when(check(null, 2)).thenRefused('refund-exceeds-captured');
    given(authorized, captured, refunded(900)).when(check(null)).thenNothing();
  });

  it('is refused before money moves when there are too many, but recorded when it has moved', () => {
    const many = Array.from({ length: MAX_REFUNDS }, (_, index) => refunded(1, index + 1, index));
    given(authorized, captured, ...many)
      .when(check(1, MAX_REFUNDS))
      .thenRefused('too-many-refunds');
    given(authorized, captured, ...many)
      .when(refund(1, MAX_REFUNDS))
      .then(refunded(1, MAX_REFUNDS + 1, MAX_REFUNDS));
  });
});

describe('the document of a payment', () => {
  it('shows amounts and refunds, but not the reference at the gateway', () => {
    const [createdAt, updatedAt] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    const state = after(authorized, captured, refunded(300));
    expect(paymentDocument({ tenant: 't', version: 3, createdAt, updatedAt, state })).toEqual({
      orderId,
      status: 'partially-refunded',
      version: 3,
      customerId: 'c-1',
      currency: 'EUR',
      amount: 900,
      captured: 900,
      refunded: 300,
      refunds: [{ refundId: refundId(1), amount: 300 }],
      gateway: 'simulated',
      createdAt,
      updatedAt,
    });
  });

  it.each([
    [900, { isCancelled: false, hasProcess: true }, 'pending'],
    [900, { isCancelled: true, hasProcess: true }, 'pending'],
    [900, { isCancelled: true, hasProcess: false }, 'voided'],
    [0, { isCancelled: false, hasProcess: true }, 'captured'],
    [0, { isCancelled: false, hasProcess: false }, 'captured'],
    [0, { isCancelled: true, hasProcess: true }, 'voided'],
    [0, { isCancelled: true, hasProcess: false }, 'voided'],
  ])('without an event, of a total of %i, with %j, is %s at version 0', (total, order, status) => {
    expect(unbegunPaymentDocument({ ...facts, total }, order)).toEqual({
      orderId,
      customerId: 'c-1',
      currency: 'EUR',
      status,
      version: 0,
      amount: total,
      captured: 0,
      refunded: 0,
      refunds: [],
    });
  });

  it('without an event comes from its order alone', () => {
    expect(() => paymentDocument(emptyStream(paymentDecider.initialState))).toThrow(/without events/);
  });
});
