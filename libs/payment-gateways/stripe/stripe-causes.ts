import { causeOfWords, type FailureCause } from '#libs/payments';

/** Stripe's codes, as far as its words have always told them apart. */
const CAUSES: Readonly<Record<string, FailureCause>> = {
  insufficient_funds: 'insufficient-funds',
  expired_card: 'card-expired',
  incorrect_cvc: 'card-details-wrong',
  incorrect_number: 'card-details-wrong',
  incorrect_zip: 'card-details-wrong',
  invalid_cvc: 'card-details-wrong',
  invalid_expiry_month: 'card-details-wrong',
  invalid_expiry_year: 'card-details-wrong',
  invalid_number: 'card-details-wrong',
  authentication_required: 'authentication-required',
  processing_error: 'gateway-fault',
  card_declined: 'declined',
};

/** Any error of Stripe: the bank's reason is in `decline_code`, everything else in `code`. */
interface StripeReason {
  readonly decline_code?: string | null;
  readonly code?: string | null;
  readonly message?: string | null;
}

export const stripeCauseOf = ({ decline_code: bank, code, message }: StripeReason): FailureCause =>
  CAUSES[bank ?? ''] ?? CAUSES[code ?? ''] ?? causeOfWords(message ?? '');
