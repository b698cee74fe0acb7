import { isUuid } from '#libs/kernel';
import { ProblemException } from '#libs/platform';

/** As ids are written in the log; readers take them in either case. @throws ProblemException for what is none. */
export function subscriptionIdOf(given: string): string {
  if (!isUuid(given)) throw subscriptionNotFound(given);
  return given.toLowerCase();
}

export const subscriptionNotFound = (id: string): ProblemException =>
  new ProblemException({ code: 'subscription-not-found', detail: `There is no webhook subscription ${id}.` });
