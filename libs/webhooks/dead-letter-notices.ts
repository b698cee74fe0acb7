/** A delivery that ran out of attempts. */
export interface DeadLetter {
  readonly subscriptionId: string;
  /** The subscription's id, or the replay's. */
  readonly feedId: string;
  readonly replayId: string | null;
  readonly eventId: string;
  readonly eventType: string;
  /** For example `orders/3@17`. */
  readonly position: string;
  /** RFC 3339 in UTC with milliseconds; `null` in events older than this field. */
  readonly parkedAt: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
}

/**
 * The number of dead-letter notices that a subscription remembers. The dead-letter outbox sends a subscription's notices
 * one at a time, each after the previous one is confirmed, and repeats at most {@link REPEATABLE_NOTICES} after a restart.
 * Every repeat is therefore among the remembered ones.
 */
export const REMEMBERED_NOTICES = 100;
export const REPEATABLE_NOTICES = 50;

/** The most recent notices. */
export interface DeadLetterNotices {
  /** The number of all notices so far. */
  readonly count: number;
  /** Number of each recent notice, by its key. */
  readonly recent: Readonly<Record<string, number>>;
}

/** Includes the time, because a redriven delivery can become a dead letter again. */
const keyOf = ({ feedId, eventId, parkedAt }: DeadLetter): string => `${feedId} ${eventId} ${parkedAt}`;

export const isToldOf = (notices: DeadLetterNotices | undefined, deadLetter: DeadLetter): boolean =>
  notices !== undefined && Object.hasOwn(notices.recent, keyOf(deadLetter));

export function withNotice(
  notices: DeadLetterNotices | undefined,
  deadLetter: DeadLetter,
): DeadLetterNotices {
  const count = (notices?.count ?? 0) + 1;
  const recent = Object.entries(notices?.recent ?? {}).filter(
    ([, number]) => number > count - REMEMBERED_NOTICES,
  );
  return { count, recent: { ...Object.fromEntries(recent), [keyOf(deadLetter)]: count } };
}

/**
 * Events that deliveries cause. A failed delivery of one gets no notice, because the notice would be delivered, fail and
 * cause the next one endlessly. It still appears in the list of dead letters.
 */
const CAUSED_BY_DELIVERIES: ReadonlySet<string> = new Set([
  'webhook.dead-lettered',
  'webhook-subscription.disabled',
  'webhook-subscription.failing',
  'webhook-subscription.recovered',
]);

export const isCausedByDeliveries = (eventType: string): boolean => CAUSED_BY_DELIVERIES.has(eventType);
