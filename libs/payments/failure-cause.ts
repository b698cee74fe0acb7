/** Why a payment failed, as a code. The list may grow, so the event has it as text. */
export const FAILURE_CAUSES = [
  'declined',
  'insufficient-funds',
  'card-expired',
  'card-details-wrong',
  'authentication-required',
  'no-means-of-payment',
  'amount-unsupported',
  'authorization-ended',
  'gateway-fault',
  'other',
] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** What gateways have said, the more precise first: "Your card was declined. This transaction requires authentication." */
const WORDS: readonly (readonly [RegExp, FailureCause])[] = [
  [/without a means of payment/i, 'no-means-of-payment'],
  [/cannot represent the amount/i, 'amount-unsupported'],
  [/insufficient funds/i, 'insufficient-funds'],
  [/\bexpired\b/i, 'card-expired'],
  [/security code|card number|expiration (?:month|year)|zip code/i, 'card-details-wrong'],
  [/authenticat/i, 'authentication-required'],
  [/\b(?:voided|cancell?ed|no such authorization)\b/i, 'authorization-ended'],
  [/error occurred while processing/i, 'gateway-fault'],
  [/\bdeclined\b/i, 'declined'],
];

/**
 * The cause by the gateway's words: all that events say that were written before there were causes. No cause is finer than
 * these words tell, so that a count over years means one thing. Each word keeps its cause for ever; others may be added.
 */
export const causeOfWords = (reason: string): FailureCause =>
  WORDS.find(([words]) => words.test(reason))?.[1] ?? 'other';
