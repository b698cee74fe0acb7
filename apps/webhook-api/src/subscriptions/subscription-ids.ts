import { isUuid } from '#libs/kernel';
import { notFoundProblem, type ProblemException } from '#libs/platform';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';

/** The id as the log has it, in lower case. @throws ProblemException if it is not a UUID. */
export function subscriptionIdOf(given: string): string {
  if (!isUuid(given)) throw subscriptionNotFound(given);
  return given.toLowerCase();
}

export const subscriptionNotFound = (id: string): ProblemException =>
  notFoundProblem(SUBSCRIPTION_AGGREGATE, id);
