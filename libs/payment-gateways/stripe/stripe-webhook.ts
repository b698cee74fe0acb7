import Stripe from 'stripe';

/** What an event at Stripe is about. */
export interface StripeNotice {
  readonly eventId: string;
  readonly paymentIntent: string;
}

/** The body was not signed by Stripe with our secret, or too long ago. */
export class StripeSignatureError extends Error {
  override readonly name = 'StripeSignatureError';
}

/** How old a signature may be: a captured request cannot be sent again after that. Stripe's own default. */
const TOLERANCE_SECONDS = 300;

/**
 * Reads an event that Stripe has sent. Its content is not used beyond the payment's id: events come late, twice and out of
 * order, so the payment is looked up.
 * @returns undefined for an event that is not about a PaymentIntent
 * @throws StripeSignatureError
 */
export function stripeNotice(
  body: Buffer,
  signature: string | undefined,
  secret: string,
): StripeNotice | undefined {
  const { id, data } = verified(body, signature ?? '', secret);
  const about = data.object as {
    readonly object: string;
    readonly id: string;
    /** Of charges, refunds, disputes and reviews. */
    readonly payment_intent?: string | { readonly id: string } | null;
  };
  const given = about.object === 'payment_intent' ? about.id : about.payment_intent;
  const paymentIntent = typeof given === 'string' ? given : given?.id;
  return paymentIntent === undefined ? undefined : { eventId: id, paymentIntent };
}

function verified(body: Buffer, signature: string, secret: string): Stripe.Event {
  try {
    return Stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_SECONDS);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    throw new StripeSignatureError('The signature is missing, wrong or too old.', { cause: error });
  }
}
