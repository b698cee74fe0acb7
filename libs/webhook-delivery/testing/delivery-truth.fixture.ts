import type { AttemptFacts } from '../core/explain/delivery-facts.js';
import type { Explanation } from '../core/explain/explain.js';
import type { SlowlyOwed } from './slow-owing.fixture.js';

type Outcome = Explanation['outcome'];

/** The blocked lane of a delivery, as the store has it. */
export interface LaneTruth {
  /** Its first delivery. */
  readonly frontId: string;
  readonly attempts: number;
  /** RFC 3339; `null` behind a dead letter. */
  readonly retryAt: string | null;
  /** Of a dead letter that its subscription goes on without. */
  readonly isSkipped: boolean;
}

/** What became of an event for a feed: as the receiver, the people, and the rows of the store tell it. Times are RFC 3339. */
export interface DeliveryTruth {
  readonly eventId: string;
  /** By the receiver. */
  readonly isAccepted: boolean;
  /** The saved cursor has passed it. */
  readonly isFinished: boolean;
  /** The success that the delivery log has, if anybody may look into it. */
  readonly success: Pick<AttemptFacts, 'at' | 'attempt'> | undefined;
  /** By the settings at its position, with those of all changes. */
  readonly owed: SlowlyOwed;
  /** It is owed, or not, whichever changes were heard of. */
  readonly isSure: boolean;
  /** When an operator skipped it. */
  readonly skippedAt: string | undefined;
  readonly stopped:
    | {
        readonly by: 'pause' | 'disabling';
        readonly since: string;
        readonly disabledReason: string | undefined;
      }
    | undefined;
  /** It waits in `lane`. Otherwise `lane` is the one that it would wait in, if that is blocked. */
  readonly isParked: boolean;
  readonly lane: LaneTruth | undefined;
  /** What dispatchers reported of its attempts. */
  readonly hasRetried: boolean;
  readonly hasDied: boolean;
}

/** Says in which way an explanation contradicts what became of the event. */
export function contradictionOf(told: Explanation, truth: DeliveryTruth): string | undefined {
  const { outcome } = told;
  if (outcome === 'delivered' && !truth.isAccepted) return 'it was not accepted';
  if (outcome === 'retrying' && !truth.hasRetried) return 'it never failed';
  if (outcome === 'parked' && !truth.hasDied) return 'it did not die';
  const possible = possibleOutcomes(truth);
  if (!possible.includes(outcome)) return `it is ${possible.join(' or ')}`;
  const details: Readonly<Record<string, unknown>> = { ...told, ...flattened(told) };
  const wrong = Object.entries(detailsOf(outcome, truth)).find(([name, value]) => details[name] !== value);
  return wrong && `its ${wrong[0]} is ${String(wrong[1])}`;
}

/** One, unless somebody has not heard of a change that decides whether it is owed. */
function possibleOutcomes(truth: DeliveryTruth): readonly Outcome[] {
  const { owed, isSure, skippedAt } = truth;
  if (truth.success) return ['delivered'];
  if (truth.isParked) return [whileParked(truth)];
  const open = owed.outcome === 'owed' ? whileOwed(truth) : owed.outcome;
  if (skippedAt !== undefined) return isSure ? ['skipped'] : ['skipped', open];
  // Without the delivery log, nothing but the cursor tells of a success.
  if (truth.isAccepted && truth.isFinished) return isSure ? ['delivered'] : ['delivered', open];
  return [open];
}

function whileParked(truth: DeliveryTruth): Outcome {
  const { eventId, lane } = truth;
  if (lane?.frontId !== eventId) return whileOwed(truth);
  if (lane.retryAt === null) return lane.isSkipped ? 'skipped' : 'parked';
  if (truth.stopped) return 'paused';
  return lane.attempts > 0 ? 'retrying' : 'pending';
}

function whileOwed({ lane, stopped }: DeliveryTruth): Outcome {
  if (lane?.retryAt === null) return 'blocked';
  return stopped ? 'paused' : 'pending';
}

/** Of an explanation with this outcome, by the names of its fields. */
function detailsOf(outcome: Outcome, truth: DeliveryTruth): Readonly<Record<string, unknown>> {
  const { success, lane, stopped, owed } = truth;
  const behind = lane && lane.frontId !== truth.eventId ? lane.frontId : undefined;
  switch (outcome) {
    case 'delivered':
      return { deliveredAt: success?.at, attempt: success?.attempt };
    case 'retrying':
      return { nextAttemptAt: lane?.retryAt, attempts: lane?.attempts };
    case 'parked':
      return { attempts: lane?.attempts };
    case 'blocked':
      return { behind };
    case 'skipped':
      return truth.isParked ? { by: 'policy' } : { by: 'operator', skippedAt: truth.skippedAt };
    case 'paused':
      return { by: stopped?.by, since: stopped?.since, disabledReason: stopped?.disabledReason, behind };
    case 'pending':
      return { behind };
    default:
      return flattened(owed);
  }
}

/** Compared as text. */
function flattened(given: SlowlyOwed | Explanation): Readonly<Record<string, string | number | undefined>> {
  if ('behind' in given) return { behind: given.behind?.eventId };
  if ('field' in given) return { condition: given.field };
  if ('condition' in given) return { condition: given.condition.field };
  if ('eventTypes' in given) return { eventTypes: given.eventTypes.join() };
  return 'start' in given ? { start: Number(String(given.start).split('@').at(-1)) } : {};
}
