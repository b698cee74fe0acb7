import type { EndpointHealth } from '#libs/webhooks';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** An endpoint is disabled when it has failed for so long without a success. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/** The owner is warned so long before. */
const WARN_BEFORE_MS = DAY_MS;

/** The endpoint is judged by its attempts in this time, */
export const JUDGED_MS = 60 * MINUTE_MS;
/** and works again when it did well in this time. */
export const RECENT_MS = 15 * MINUTE_MS;

const LEAST_ATTEMPTS = 20;
const LOW_RATE = 0.5;
/** Well above the low rate, so that an endpoint between the two is told of once. */
const GOOD_RATE = 0.9;

export interface AttemptCounts {
  readonly attempts: number;
  readonly delivered: number;
}

/** What is known of a subscription's endpoint. Times are in milliseconds since 1970; `null` for never. */
export interface EndpointFacts {
  /** In the last {@link JUDGED_MS}, but not before `judgedFrom`. */
  readonly judged: AttemptCounts;
  /** In the last {@link RECENT_MS}, but not before `judgedFrom`. */
  readonly recent: AttemptCounts;
  /** The first failure among the judged attempts. */
  readonly firstFailedAt: number | null;
  /** Since when the lane that has failed longest at this endpoint has failed. It may wait for a person since. */
  readonly failingSince: number | null;
  /** The last success, or up to some hours earlier. */
  readonly lastDeliveredAt: number | null;
  /** The last failure, or up to some hours earlier. */
  readonly lastFailedAt: number | null;
  /** When the endpoint moved, was resumed or recovered last. */
  readonly judgedFrom: number | null;
}

/**
 * Judges an endpoint.
 * @returns `undefined` if too little is known, so what the owner heard last still holds
 */
export function endpointHealth(facts: EndpointFacts, now: number): EndpointHealth | undefined {
  const { judged, recent, firstFailedAt, lastFailedAt } = facts;
  if (recent.delivered > 0 && rateOf(recent) >= GOOD_RATE) return { warning: null };
  const began = failureBegan(facts);
  if (judged.delivered === 0 && began !== null) {
    const disablesAt = began + DISABLE_AFTER_MS;
    // An endpoint that nothing is sent to any more is not disabled.
    const isTried = lastFailedAt !== null && now - lastFailedAt < DAY_MS;
    if (isTried && disablesAt - now <= WARN_BEFORE_MS)
      return { warning: 'disabling', since: timeOf(began), disablesAt: timeOf(disablesAt) };
    if (judged.attempts > 0 && now - began >= JUDGED_MS) return lowRate(began);
  }
  if (judged.attempts >= LEAST_ATTEMPTS && rateOf(judged) < LOW_RATE) return lowRate(firstFailedAt ?? now);
  return undefined;
}

const lowRate = (since: number): EndpointHealth => ({
  warning: 'success-rate',
  since: timeOf(since),
  disablesAt: null,
});

const rateOf = ({ attempts, delivered }: AttemptCounts): number =>
  attempts === 0 ? 0 : delivered / attempts;

const timeOf = (time: number): string => new Date(time).toISOString();

/** Since when nothing has succeeded; `null` if nothing fails. */
function failureBegan({ failingSince, lastDeliveredAt, judgedFrom }: EndpointFacts): number | null {
  if (failingSince === null) return null;
  return Math.max(failingSince, lastDeliveredAt ?? 0, judgedFrom ?? 0);
}
