import type { ShareRefusal } from '#libs/kernel';
import { ProblemException } from './problem.js';

/** Places come free when what is under way ends. */
const RETRY_AFTER_SECONDS = 1;

/**
 * There is no room for a tenant's request in something that tenants share: too much of its own is under way (`429`), or too
 * much of all (`503`).
 * @param what there is too much of, such as "event streams"
 */
export function shareProblem(
  refusal: ShareRefusal,
  what: string,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): ProblemException {
  return refusal === 'tenant'
    ? new ProblemException({
        code: 'tenant-share-exceeded',
        detail: `Your tenant has its share of ${what}. Nothing was changed: send it again, and fewer at once.`,
        retryAfterSeconds,
      })
    : new ProblemException({ code: 'unavailable', detail: `There are too many ${what}.`, retryAfterSeconds });
}
