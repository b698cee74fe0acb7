import Stripe from 'stripe';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';

/** Connection errors that prove nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Stripe rejected the call for what it is about: a card, or a payment in another state. */
export type StripeRefusal = Stripe.errors.StripeError;

/** A refusal is an answer; what is not one is thrown. */
export function stripeRefusalOf(error: unknown): StripeRefusal {
  const { StripeCardError, StripeInvalidRequestError } = Stripe.errors;
  if (error instanceof StripeCardError) return error;
  // A 404 is a wrong reference or account, and no answer about a payment.
  if (error instanceof StripeInvalidRequestError && error.statusCode === 400) return error;
  throw failureOf(error);
}

/** The failure of a call that may have had an effect. */
export function failureOf(error: unknown): unknown {
  const { StripeConnectionError, StripeRateLimitError, StripeError } = Stripe.errors;
  if (error instanceof StripeConnectionError) {
    const { code } = (error.detail ?? {}) as { readonly code?: unknown };
    return typeof code === 'string' && NOT_SENT.has(code)
      ? new GatewayUnavailableError(`Stripe cannot be reached: ${error.message}`, { cause: error })
      : new GatewayOutcomeUnknownError(`Stripe did not answer: ${error.message}`, { cause: error });
  }
  if (error instanceof StripeRateLimitError)
    return new GatewayUnavailableError('Stripe limits our requests.', { cause: error });
  if (error instanceof StripeError && ((error.statusCode ?? 0) >= 500 || error.statusCode === 409))
    return new GatewayOutcomeUnknownError(`Stripe failed: ${error.message}`, { cause: error });
  return error;
}

/** The failure of a call without an effect, whose outcome does not matter. */
export function lookFailureOf(error: unknown): unknown {
  const failure = failureOf(error);
  return failure instanceof GatewayOutcomeUnknownError
    ? new GatewayUnavailableError(failure.message, { cause: failure })
    : failure;
}

/**
 * Stripe repeats its answer to an idempotency key for a day, even a 500. Such a failure is final for that key, and only
 * another key gets the call carried out.
 */
export const isReplayedFailure = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError &&
  (error.statusCode ?? 0) >= 500 &&
  error.headers?.['idempotent-replayed'] === 'true';
