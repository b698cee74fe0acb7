import { causeOfWords } from '#libs/payments';
import { stripeCauseOf } from './stripe-causes.js';

describe("Stripe's reasons", () => {
  /** Code, the bank's code, words. */
  it.each([
    ['card_declined', 'generic_decline', 'Your card was declined.'],
    ['card_declined', 'do_not_honor', 'Your card was declined.'],
    ['card_declined', 'lost_card', 'Your card was declined.'],
    ['card_declined', 'insufficient_funds', 'Your card has insufficient funds.'],
    ['expired_card', null, 'Your card has expired.'],
    ['incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."],
    ['incorrect_number', null, 'Your card number is incorrect.'],
    ['invalid_expiry_year', null, "Your card's expiration year is invalid."],
    ['processing_error', null, 'An error occurred while processing your card. Try again in a little bit.'],
    [
      'authentication_required',
      'authentication_required',
      'Your card was declined. This transaction requires authentication.',
    ],
    [
      'payment_intent_unexpected_state',
      null,
      'You cannot capture this PaymentIntent because it has a status of canceled.',
    ],
  ])('are the cause that its words alone gave to older events: %s, %s', (code, bank, message) => {
    const cause = stripeCauseOf({ code, decline_code: bank, message });
    expect(cause).toBe(causeOfWords(message));
    expect(cause).not.toBe('other');
  });

  it('count in any words', () => {
    expect(stripeCauseOf({ code: 'expired_card', message: 'Votre carte a expiré.' })).toBe('card-expired');
    expect(stripeCauseOf({ message: null })).toBe('other');
  });
});
