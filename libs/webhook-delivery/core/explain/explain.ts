import { formatPosition } from '#libs/kernel';
import { rulesRevision } from '#libs/webhooks';
import { laneOfSkipped } from '../lanes/feed-lanes.js';
import { type AttemptFacts, type DeliveryFacts, hasFinished, type LaneFacts } from './delivery-facts.js';
import { type NotOwed, type Owing, owingOf } from './owing.js';

/** The dead letter, or the failing delivery, that others of its lane wait for. Times are RFC 3339. */
export interface WaitsBehind {
  readonly eventId: string;
  readonly eventType: string;
  readonly position: string;
  readonly attempts: number;
  readonly lastError?: string;
  /** Absent for a dead letter. */
  readonly nextAttemptAt?: string;
  /** Time at which it became a dead letter. */
  readonly parkedAt?: string;
}

interface Failing {
  readonly attempts?: number;
  readonly lastError?: string;
  readonly failingSince?: string;
}

/** What became of an event for a subscription, with what helps to act on it. Times are RFC 3339. */
export type Explanation = { readonly reason: string } & (
  | {
      readonly outcome: 'delivered';
      /** Of the attempt that succeeded, if the delivery log still has it. */
      readonly deliveredAt?: string;
      readonly attempt?: number;
      readonly statusCode?: number;
    }
  | ({ readonly outcome: 'retrying'; readonly nextAttemptAt: string } & Failing)
  | ({ readonly outcome: 'parked'; readonly parkedAt?: string } & Failing)
  | { readonly outcome: 'blocked'; readonly behind: WaitsBehind }
  | ({
      readonly outcome: 'skipped';
      readonly by: 'operator' | 'policy';
      /** When it was skipped, or became a dead letter that the policy goes on without. */
      readonly skippedAt?: string;
    } & Failing)
  | ({
      readonly outcome: 'paused';
      readonly by: 'pause' | 'disabling';
      readonly since?: string;
      readonly disabledReason?: string;
      readonly behind?: WaitsBehind;
    } & Failing)
  | ({ readonly outcome: 'pending'; readonly behind?: WaitsBehind } & Failing)
  | NotOwed
);

export const EXPLAINED_OUTCOMES = [
  'delivered',
  'retrying',
  'parked',
  'blocked',
  'skipped',
  'paused',
  'pending',
  'filtered',
  'not-subscribed',
  'before-start',
] as const satisfies readonly Explanation['outcome'][];

/**
 * Decides by the lanes first, then by the cursor and the rules that it was matched against. The delivery log only adds
 * proof that the endpoint accepted the event: it may lack that proof, but never has a wrong one.
 */
export function explain(facts: DeliveryFacts): Explanation {
  const { event, subscription, cursor, isParked, lane, skippedAt, log } = facts;
  const isFinished = cursor !== null && hasFinished(cursor, event.position.offset);
  if (log.delivered) return accepted(log.delivered, isFinished && !isParked);
  if (isParked && lane) return inLane(facts, lane);
  const owing = owingOf(event, subscription);
  if (!isFinished) return owing.outcome === 'owed' ? waiting(facts) : owing;
  if (skippedAt !== null)
    return {
      outcome: 'skipped',
      by: 'operator',
      skippedAt,
      reason: 'It ran out of attempts and was skipped on request, so it is never delivered.',
    };
  return passed(cursor, owing, facts);
}

function accepted({ at, attempt, statusCode }: AttemptFacts, isSaved: boolean): Explanation {
  const again = isSaved ? '' : ' The progress behind it is not saved yet, so it may be delivered once more.';
  return {
    outcome: 'delivered',
    deliveredAt: at,
    attempt,
    ...(statusCode !== null && { statusCode }),
    reason: `The endpoint accepted it.${again}`,
  };
}

/** Nothing of it is left in the lanes: it was accepted, or the rules of that time did not owe it. */
function passed(
  { rulesRevision: heardRevision }: NonNullable<DeliveryFacts['cursor']>,
  owing: Owing,
  facts: DeliveryFacts,
): Explanation {
  const { event, subscription } = facts;
  const isHeard = heardRevision >= rulesRevision(subscription.rules);
  const heard = isHeard ? owing : owingOf(event, subscription, heardRevision);
  if (heard.outcome === 'owed') {
    const doubt = heard.isMerged
      ? ' The settings of that time were merged with later ones after many changes, so it may also have been passed over.'
      : '';
    const reason = `Everything owed at this position is finished, and it is neither parked nor skipped, so the endpoint accepted it. The delivery log no longer has the attempt.${doubt}`;
    return { outcome: 'delivered', reason };
  }
  return owing.outcome === 'owed' ? comesBack(facts) : owing;
}

/** A change owes it, and the dispatcher passed it before it heard of the change. Behind its lane it waits as any other. */
function comesBack(facts: DeliveryFacts): Explanation {
  if (facts.lane || !isActive(facts)) return waiting(facts);
  const reason =
    'A change of the subscription owes it. The dispatcher passed it before it heard of the change, and is about to come back for it.';
  return { outcome: 'pending', reason };
}

/** The delivery waits in a blocked lane. */
function inLane(facts: DeliveryFacts, lane: LaneFacts): Explanation {
  const { eventId } = facts.event.metadata;
  const isFront = lane.front.offset === facts.event.position.offset;
  const isDead = lane.retryAt === null;
  if (isDead && !isFront) return blocked(facts, lane);
  if (isDead && lane.lane === laneOfSkipped(eventId))
    return {
      outcome: 'skipped',
      by: 'policy',
      ...(lane.deadSince !== null && { skippedAt: lane.deadSince }),
      ...failing(lane),
      reason:
        'It ran out of attempts, and the subscription goes on without dead letters (onExhausted: skip). It can still be redriven.',
    };
  if (isDead)
    return {
      outcome: 'parked',
      ...(lane.deadSince !== null && { parkedAt: lane.deadSince }),
      ...failing(lane),
      reason: 'It ran out of attempts. It and what follows in its lane wait until it is redriven or skipped.',
    };
  if (!isActive(facts)) return paused(facts, isFront ? failing(lane) : { behind: behind(facts, lane) });
  if (!isFront) return pendingBehind(facts, lane);
  const { retryAt } = lane;
  if (lane.attempts > 0 && retryAt !== null)
    return {
      outcome: 'retrying',
      nextAttemptAt: retryAt,
      ...failing(lane),
      reason: `It failed ${lane.attempts === 1 ? 'once' : `${lane.attempts} times`} and is tried again by itself.`,
    };
  const reason =
    'It is the next of its lane, and waits for its turn or for the end of a pause of its address.';
  return { outcome: 'pending', ...failing(lane), reason };
}

/** It is owed, and neither delivered nor in a lane. */
function waiting(facts: DeliveryFacts): Explanation {
  const { lane, cursor, event } = facts;
  if (lane?.retryAt === null) return blocked(facts, lane);
  if (!isActive(facts)) return paused(facts, lane ? { behind: behind(facts, lane) } : {});
  if (lane) return pendingBehind(facts, lane);
  const { lastFailed } = facts.log;
  if (lastFailed) {
    const { attempt, error, at } = lastFailed;
    const reason = 'The last attempt failed, and the next one follows within moments.';
    return {
      outcome: 'pending',
      attempts: attempt,
      ...(error && { lastError: error }),
      failingSince: at,
      reason,
    };
  }
  if (!cursor)
    return { outcome: 'pending', reason: 'No dispatcher has begun this partition for the subscription yet.' };
  const place = formatPosition({ ...event.position, offset: cursor.watermark });
  const reason = `It is on its way, or waits for its turn: everything owed before ${place} is finished.`;
  return { outcome: 'pending', reason };
}

const isActive = ({ subscription }: DeliveryFacts): boolean => subscription.status === 'active';

function paused(
  { subscription }: DeliveryFacts,
  more: Failing & { readonly behind?: WaitsBehind },
): Explanation {
  const { status, stoppedAt, disabledReason } = subscription;
  const isPaused = status === 'paused';
  return {
    outcome: 'paused',
    by: isPaused ? 'pause' : 'disabling',
    ...(stoppedAt !== undefined && { since: stoppedAt }),
    ...(!isPaused && disabledReason !== null && { disabledReason }),
    ...more,
    reason: `The subscription is ${status}. The event is owed, and is delivered after a resume.`,
  };
}

function blocked(facts: DeliveryFacts, lane: LaneFacts): Explanation {
  const stopped = isActive(facts) ? '' : ` The subscription is also ${facts.subscription.status}.`;
  return {
    outcome: 'blocked',
    behind: behind(facts, lane),
    reason: `It waits behind a dead letter of the same lane until that is redriven or skipped.${stopped}`,
  };
}

function pendingBehind(facts: DeliveryFacts, lane: LaneFacts): Explanation {
  const first = behind(facts, lane);
  const reason = `It waits in its lane behind ${first.eventType} ${first.eventId}, which is to be delivered first.`;
  return { outcome: 'pending', behind: first, reason };
}

function behind({ event }: DeliveryFacts, lane: LaneFacts): WaitsBehind {
  const { front, attempts, lastError, retryAt, deadSince } = lane;
  return {
    eventId: front.eventId,
    eventType: front.eventType,
    position: formatPosition({ ...event.position, offset: front.offset }),
    attempts,
    ...(lastError !== null && { lastError }),
    ...(retryAt !== null && { nextAttemptAt: retryAt }),
    ...(deadSince !== null && { parkedAt: deadSince }),
  };
}

const failing = ({ attempts, lastError, failingSince }: LaneFacts): Failing => ({
  attempts,
  ...(lastError !== null && { lastError }),
  ...(failingSince !== null && { failingSince }),
});
