import type { ShareRefusal } from '#libs/kernel';
import { ProblemException } from './problem.js';

const RETRY_AFTER_SECONDS = 1;

/**
 * The problem of a request for which a shared resource has no room: the tenant has used up its share (`429`), or all
 * tenants together have used up the resource (`503`).
 * @param what the resource, in the plural, such as "event streams"
 */
export function shareProblem(
  refusal: ShareRefusal,
  what: string,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): ProblemException {
  return refusal === 'tenant'
    ? new ProblemException({
        code: 'tenant-share-exceeded',
        detail: `Your tenant has used up its share of ${what}. Nothing was changed: retry, with fewer at once.`,
        retryAfterSeconds,
      })
    : new ProblemException({ code: 'unavailable', detail: `There are too many ${what}.`, retryAfterSeconds });
}
