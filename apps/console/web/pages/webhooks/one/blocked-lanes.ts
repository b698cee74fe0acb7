import { api } from '../../../api/client';
import { answerText, attemptErrorText } from '../deliveries/attempt-error';
import type { DeadLetter, Delivery } from '../subscription';

/** A lane whose first delivery fails. */
export interface BlockedLane {
  readonly key: string;
  /** Absent of one that is retried, whose lane is its event's. */
  readonly lane?: string;
  readonly status: 'retrying' | 'parked';
  readonly eventId: string;
  readonly eventType: string;
  readonly position: string;
  /** Time of the last attempt of a retried one; when a parked one became a dead letter. */
  readonly since: string;
  readonly attempts: number;
  readonly lastError: string;
  /** Deliveries parked behind it; unknown of a retried one. */
  readonly waiting?: number;
}

const MOST = 20;

/** The lanes that wait for a retry or for a person: the latest of each, which is enough to act on. */
export function useBlockedLanes(subscriptionId: string) {
  const path = { subscriptionId };
  const options = { refetchInterval: 3_000 };
  const parked = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/dead-letters',
    { params: { path, query: { limit: MOST } } },
    options,
  );
  const retrying = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/deliveries',
    { params: { path, query: { status: 'retrying', limit: MOST } } },
    options,
  );
  const lanes =
    parked.data && retrying.data
      ? [...retrying.data.items.map(retriedLane), ...parked.data.items.map(parkedLane)]
      : undefined;
  const isMore = Boolean(parked.data?.nextPageToken ?? retrying.data?.nextPageToken);
  return { lanes, isMore, error: parked.error ?? retrying.error };
}

function retriedLane({ eventId, eventType, position, replayId, attempts }: Delivery): BlockedLane {
  const last = attempts.at(-1);
  return {
    key: `${eventId} ${replayId} retrying`,
    eventId,
    eventType,
    position,
    status: 'retrying',
    since: last?.time ?? '',
    attempts: last?.attempt ?? 0,
    lastError: answerText(last ?? {}),
  };
}

function parkedLane({ eventId, eventType, position, replayId, ...letter }: DeadLetter): BlockedLane {
  return {
    key: `${eventId} ${replayId} parked`,
    eventId,
    eventType,
    position,
    lane: letter.lane,
    status: 'parked',
    since: letter.parkedAt,
    attempts: letter.attempts,
    lastError: letter.lastError === undefined ? '–' : attemptErrorText(letter.lastError),
    waiting: letter.heldBehind,
  };
}

/** How many of the lanes are of each partition, such as `orders/3`. */
export function lanesByPartition(lanes: readonly BlockedLane[] = []): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { position } of lanes) {
    const partition = position.slice(0, position.lastIndexOf('@'));
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  return counts;
}
