import type Stripe from 'stripe';
import { v5 } from 'uuid';
import { type GatewayPayment, GatewayUnavailableError } from '#libs/payments';
import { isUuid } from '#libs/kernel';
import { fromStripeAmount } from './stripe-amounts.js';
import { stripeCauseOf } from './stripe-causes.js';

const DASHBOARD_REFUNDS = '6f0a1d0e-7a0c-4c0e-9a55-0d8d4f6f3c11';

/** Refunds that failed gave nothing back. */
const VOID_REFUNDS: ReadonlySet<string | null> = new Set(['failed', 'canceled']);

/** Names a refund as we do: by the id that we gave it, or for one that was made at Stripe, by one derived from Stripe's. */
const refundIdOf = ({ id, metadata }: Stripe.Refund): string => {
  const given = metadata?.['refundId'];
  return given !== undefined && isUuid(given) ? given : v5(id, DASHBOARD_REFUNDS);
};

/** What Stripe knows of a payment. @param intent with its review expanded */
export function stripePayment(
  intent: Stripe.PaymentIntent,
  refunds: readonly Stripe.Refund[],
): GatewayPayment {
  const { id: reference, currency, amount_received: received } = intent;
  const given = refunds
    .filter(({ status }) => !VOID_REFUNDS.has(status))
    .map((refund) => ({
      refundId: refundIdOf(refund),
      amount: fromStripeAmount(refund.amount, currency),
    }));
  return {
    ...statusOf(intent),
    reference,
    captured: fromStripeAmount(received, currency),
    refunds: given,
  };
}

function statusOf(intent: Stripe.PaymentIntent): Pick<GatewayPayment, 'status' | 'reason' | 'cause'> {
  switch (intent.status) {
    case 'requires_payment_method': {
      const { last_payment_error: error } = intent;
      return error
        ? {
            status: 'declined',
            reason: error.message ?? 'The payment was declined.',
            cause: stripeCauseOf(error),
          }
        : { status: 'none', reason: null };
    }
    case 'requires_confirmation':
      return { status: 'none', reason: null };
    case 'requires_action':
      return { status: 'declined', reason: NEEDS_CUSTOMER };
    case 'requires_capture': {
      const reason = openReviewOf(intent);
      return reason === undefined ? { status: 'authorized', reason: null } : { status: 'review', reason };
    }
    case 'succeeded':
      return { status: 'captured', reason: null };
    case 'canceled':
      return { status: 'voided', reason: 'The payment was cancelled at Stripe.' };
    default:
      throw new GatewayUnavailableError(`The payment is ${intent.status} at Stripe.`);
  }
}

/** We act after the customer has left, so nobody can be asked. */
export const NEEDS_CUSTOMER = 'The bank asks the customer to authenticate.';

/** Why Stripe's fraud rules ask for a review that is still open. */
function openReviewOf({ review }: Stripe.PaymentIntent): string | undefined {
  if (review === null || typeof review === 'string') return undefined;
  return review.open ? `Stripe asks for a review: ${review.reason}.` : undefined;
}
