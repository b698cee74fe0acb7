import {
  type AuthorizeAnswer,
  type CaptureAnswer,
  type GatewayPayment,
  hasPayment,
  type PaymentState,
} from '#libs/payments';

export type PaymentTaskResult =
  | 'authorized'
  | 'in-review'
  | 'captured'
  /** The gateway, or a reviewer, refused. The payment has failed. */
  | 'declined'
  | 'voided'
  | 'refunded';

export type PaymentTaskAnswer =
  | {
      readonly outcome: 'done';
      readonly data: { readonly result: PaymentTaskResult; readonly reason: string | null };
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string };

export const done = (result: PaymentTaskResult, reason: string | null = null): PaymentTaskAnswer => ({
  outcome: 'done',
  data: { result, reason },
});

export const taskRefused = (code: string, detail: string): PaymentTaskAnswer => ({
  outcome: 'refused',
  code,
  detail,
});

/** What the gateway has answered to an authorization whose answer was lost; `undefined` if it never got it. */
export function authorizationKnown({
  status,
  reference,
  reason,
  cause,
}: GatewayPayment): AuthorizeAnswer | undefined {
  switch (status) {
    case 'none':
      return undefined;
    case 'authorized':
    case 'captured':
      return { result: 'authorized', reference: known(reference) };
    case 'review':
      return { result: 'review', reference: known(reference), reason: reason ?? 'In review at the gateway.' };
    case 'declined':
    case 'voided':
      return { result: 'declined', reason: reason ?? `The payment is ${status} at the gateway.`, cause };
  }
}

function known(reference: string | null): string {
  if (reference === null) throw new Error('the gateway gave no reference of an authorization');
  return reference;
}

/** The same for a capture. */
export function captureKnown({ status, captured, reason }: GatewayPayment): CaptureAnswer | undefined {
  if (captured > 0) return { result: 'captured', amount: captured };
  return status === 'voided'
    ? { result: 'declined', reason: reason ?? 'The payment is voided at the gateway.' }
    : undefined;
}

/** The answer to an authorization by what is recorded: the payment is past that step. */
export function authorizationRecorded(state: PaymentState): PaymentTaskAnswer {
  switch (state.status) {
    case 'in-review':
      return done('in-review', state.reason);
    case 'authorized':
    case 'captured':
    case 'partially-refunded':
      return done('authorized');
    default:
      return endRecorded(state);
  }
}

/** The same for a capture. */
export function captureRecorded(state: PaymentState): PaymentTaskAnswer {
  switch (state.status) {
    case 'captured':
    case 'partially-refunded':
      return done('captured');
    default:
      return endRecorded(state);
  }
}

function endRecorded(state: PaymentState): PaymentTaskAnswer {
  if (state.status === 'failed') return done('declined', state.reason);
  if (state.status === 'voided' || state.status === 'refunded')
    return taskRefused('payment-closed', `The payment is ${state.status}.`);
  const status = hasPayment(state) ? state.status : 'not authorized';
  return taskRefused('payment-step-forbidden', `The payment is ${status}.`);
}
