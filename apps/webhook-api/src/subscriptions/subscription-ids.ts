import { isUuid } from '#libs/kernel';
import { ProblemException } from '#libs/platform';

/** The id as the log has it, in lower case. @throws ProblemException if it is not a UUID. */
export function subscriptionIdOf(given: string): string {
  if (!isUuid(given)) throw subscriptionNotFound(given);
  return given.toLowerCase();
}

export const subscriptionNotFound = (id: string): ProblemException =>
  new ProblemException('subscription-not-found', `There is no webhook subscription ${id}.`);
