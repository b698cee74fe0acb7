import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import { type ExistingPayment, hasPayment, isClosed, isRefunded, type PaymentState } from './payment.js';
import type {
  CheckRefund,
  PaymentCommand,
  RecordRefund,
  RecordVoid,
  ReviewPayment,
} from './payment-commands.js';
import type { PaymentEvent } from './payment-events.js';

export type PaymentRejection = Rejection<
  | 'payment-not-found'
  | 'payment-closed'
  | 'payment-step-forbidden'
  | 'payment-not-in-review'
  | 'payment-amount-invalid'
  | 'refund-exceeds-captured'
  | 'refund-already-made'
  | 'too-many-refunds'
>;

type Decision = Result<readonly PaymentEvent[], PaymentRejection>;

/** Refunds that clients may make of one payment: each stays in the state, which the engine copies. */
export const MAX_REFUNDS = 100;

/**
 * ```
 *  none ──► pending ──► authorized ──► captured ──► partially-refunded ──► refunded
 *   │          ▲            ▲ │
 *   ├──► in-review ─────────┘ │      (approved: authorized if the gateway holds the money, else pending)
 *   └──────────┴──────────────┴──► failed | voided
 * ```
 * The gateway has acted when a command arrives, except for a review and `check-refund`. A command that is sent again is
 * refused because of the status or the refund's id, so nothing depends on how many command ids the engine remembers.
 */
export const paymentDecider: Decider<PaymentState, PaymentCommand, PaymentEvent, PaymentRejection> = {
  initialState: { status: 'none' },
  decide,
  evolve,
};

function decide(command: PaymentCommand, state: PaymentState): Decision {
  switch (command.type) {
    case 'record-authorization': {
      if (!isOpen(state)) return forbidden(command, state);
      const { type: _, ...data } = command;
      return ok([{ type: 'payment.authorized', data: { ...data, amount: data.total } }]);
    }
    case 'flag-payment': {
      if (!isOpen(state)) return forbidden(command, state);
      const { type: _, ...data } = command;
      return ok([{ type: 'payment.flagged', data }]);
    }
    case 'record-failure': {
      if (!isOpen(state) && !isUncaptured(state)) return forbidden(command, state);
      const { type: _, ...data } = command;
      return ok([{ type: 'payment.failed', data }]);
    }
    case 'record-void':
      return recordVoid(command, state);
    case 'review-payment':
      return hasPayment(state) ? review(command, state) : missing(command.orderId);
    case 'record-capture': {
      if (!hasPayment(state)) return missing(command.orderId);
      if (state.status !== 'authorized') return forbidden(command, state);
      const { amount } = command;
      if (!isAmount(amount) || amount > state.total) return invalidAmount(amount);
      return ok([
        { type: 'payment.captured', data: { ...factsOf(state), ...authorizationOf(state), amount } },
      ]);
    }
    case 'check-refund':
      return hasPayment(state) ? checkRefund(command, state) : missing(command.orderId);
    case 'record-refund':
      return hasPayment(state) ? recordRefund(command, state) : missing(command.orderId);
    default:
      return unreachable(command);
  }
}

/** Whether the payment waits for an authorization. */
const isOpen = ({ status }: PaymentState): boolean => status === 'none' || status === 'pending';

/** Whether the payment exists, is not closed, and has no captured money. */
const isUncaptured = ({ status }: PaymentState): boolean => status === 'in-review' || status === 'authorized';

const factsOf = ({ orderId, customerId, currency, total }: ExistingPayment) => ({
  orderId,
  customerId,
  currency,
  total,
});

const authorizationOf = ({ gateway, reference }: ExistingPayment) => ({ gateway, reference });

function review({ orderId, decision, reason }: ReviewPayment, payment: ExistingPayment): Decision {
  if (payment.status !== 'in-review')
    return fail({
      code: 'payment-not-in-review',
      detail: `The payment of order ${orderId} is ${payment.status}, not in review.`,
    });
  const type = decision === 'approve' ? 'payment.approved' : 'payment.rejected';
  return ok([{ type, data: { ...factsOf(payment), reason } }]);
}

/** A payment that was rejected, or whose capture was declined, stays failed, but the gateway's hold ends. */
function recordVoid({ type: _, reason, ...facts }: RecordVoid, state: PaymentState): Decision {
  const isHeld = state.status === 'failed' && state.holdsMoney;
  if (!isOpen(state) && !isUncaptured(state) && !isHeld)
    return forbidden({ type: 'record-void', orderId: facts.orderId }, state);
  const authorization = hasPayment(state) ? authorizationOf(state) : { gateway: null, reference: null };
  return ok([{ type: 'payment.voided', data: { ...facts, ...authorization, reason } }]);
}

function checkRefund({ orderId, refundId, amount }: CheckRefund, payment: ExistingPayment): Decision {
  if (isRefunded(payment, refundId)) return ok([]);
  if (payment.refunds.length >= MAX_REFUNDS)
    return fail({
      code: 'too-many-refunds',
      detail: `The payment of order ${orderId} has ${MAX_REFUNDS} refunds, which is the limit.`,
    });
  const left = payment.captured - payment.refunded;
  const decision = recordRefund(
    { type: 'record-refund', orderId, refundId, amount: amount ?? Math.max(left, 1), reason: null },
    payment,
  );
  return decision.ok ? ok([]) : decision;
}

function recordRefund(
  { orderId, refundId, amount, reason }: RecordRefund,
  payment: ExistingPayment,
): Decision {
  if (isRefunded(payment, refundId))
    return fail({ code: 'refund-already-made', detail: `Refund ${refundId} is already recorded.` });
  if (!isAmount(amount)) return invalidAmount(amount);
  const left = payment.captured - payment.refunded;
  if (amount > left) {
    const why = left > 0 ? `${left} left to refund; cannot refund ${amount}` : 'nothing left to refund';
    return fail({
      code: 'refund-exceeds-captured',
      detail: `The payment of order ${orderId} is ${payment.status}, with ${why}.`,
    });
  }
  const refunded = payment.refunded + amount;
  const data = { ...factsOf(payment), ...authorizationOf(payment), refundId, amount, refunded, reason };
  return ok([{ type: 'payment.refunded', data }]);
}

/** Checked here as well as at the HTTP edge, because gateways and processes send commands without HTTP. */
const isAmount = (amount: number): boolean => Number.isSafeInteger(amount) && amount > 0;

const invalidAmount = (amount: number): Decision =>
  fail({ code: 'payment-amount-invalid', detail: `${amount} is not a valid amount.` });

const missing = (orderId: string): Decision =>
  fail({ code: 'payment-not-found', detail: `Order ${orderId} has no payment.` });

function forbidden(
  { type, orderId }: { type: PaymentCommand['type']; orderId: string },
  state: PaymentState,
) {
  const detail = `The payment of order ${orderId} is ${state.status}; ${type} is not possible.`;
  return fail({ code: isClosed(state) ? 'payment-closed' : 'payment-step-forbidden', detail } as const);
}

const NOTHING_PAID = { captured: 0, refunded: 0, refunds: [] };

function evolve(state: PaymentState, event: PaymentEvent): PaymentState {
  const { orderId, customerId, currency, total } = event.data;
  const facts = { orderId, customerId, currency, total };
  switch (event.type) {
    case 'payment.authorized': {
      const { gateway, reference } = event.data;
      return {
        ...NOTHING_PAID,
        ...facts,
        status: 'authorized',
        gateway,
        reference,
        holdsMoney: true,
        reason: null,
      };
    }
    case 'payment.flagged': {
      const { gateway, reference, reason } = event.data;
      const holdsMoney = reference !== null;
      return { ...NOTHING_PAID, ...facts, status: 'in-review', gateway, reference, holdsMoney, reason };
    }
    case 'payment.failed': {
      const { gateway, reason, cause } = event.data;
      const { reference, holdsMoney } = hasPayment(state) ? state : { reference: null, holdsMoney: false };
      return { ...NOTHING_PAID, ...facts, status: 'failed', gateway, reference, holdsMoney, reason, cause };
    }
    case 'payment.voided': {
      const { gateway, reference, reason } = event.data;
      const failure = state.status === 'failed' && state.cause != null ? { cause: state.cause } : {};
      const status = state.status === 'failed' ? 'failed' : 'voided';
      return { ...NOTHING_PAID, ...facts, status, gateway, reference, holdsMoney: false, reason, ...failure };
    }
    default:
      if (!hasPayment(state)) throw new Error(`${event.type} before the payment's first event`);
      return continued(state, event);
  }
}

type LaterEvent = Extract<
  PaymentEvent,
  { type: 'payment.approved' | 'payment.rejected' | 'payment.captured' | 'payment.refunded' }
>;

function continued(payment: ExistingPayment, event: LaterEvent): PaymentState {
  switch (event.type) {
    case 'payment.approved': {
      const status = payment.holdsMoney ? 'authorized' : 'pending';
      return { ...payment, status, reason: event.data.reason };
    }
    case 'payment.rejected':
      return { ...payment, status: 'failed', reason: event.data.reason };
    case 'payment.captured':
      return { ...payment, status: 'captured', captured: event.data.amount, holdsMoney: false, reason: null };
    case 'payment.refunded': {
      const { refundId, amount, refunded, reason } = event.data;
      const status = refunded < payment.captured ? 'partially-refunded' : 'refunded';
      const refunds = [...payment.refunds, { refundId, amount }];
      return { ...payment, status, refunded, refunds, reason };
    }
    default:
      return unreachable(event);
  }
}
