/** What is to be told of a delivery that ran out of attempts. */
export interface DeadLetter {
  readonly subscriptionId: string;
  /** The subscription's id, or the replay's. */
  readonly feedId: string;
  readonly replayId: string | null;
  readonly eventId: string;
  readonly eventType: string;
  /** `orders/3@17`. */
  readonly position: string;
  /** RFC 3339 in UTC with milliseconds; `null` in events of before that was told. */
  readonly parkedAt: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
}

/**
 * So many notices of dead letters a subscription remembers. Whoever tells of them tells of a subscription's dead letters
 * one after the other, goes on only when it knows that the last one is told of, and begins anew with no more than
 * {@link REPEATABLE_NOTICES} that were told of already: so every repeat finds itself here.
 */
export const REMEMBERED_NOTICES = 100;
export const REPEATABLE_NOTICES = 50;

/** Notices that were given of late. */
export interface DeadLetterNotices {
  /** How many there were. */
  readonly count: number;
  /** By key, which of them it was. */
  readonly recent: Readonly<Record<string, number>>;
}

/** A delivery that was redriven can become a dead letter again: the time tells it from the first. */
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
 * What deliveries themselves cause. Of their own failures nobody is told by an event: it would be delivered, fail, and
 * lead to the next, for ever. They are in the list of dead letters all the same.
 */
const CAUSED_BY_DELIVERIES: ReadonlySet<string> = new Set([
  'webhook.dead-lettered',
  'webhook-subscription.disabled',
]);

export const isCausedByDeliveries = (eventType: string): boolean => CAUSED_BY_DELIVERIES.has(eventType);
