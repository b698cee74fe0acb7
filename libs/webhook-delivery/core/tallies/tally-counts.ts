import { TenantShares } from '#libs/kernel';
import { NO_ANSWER, type Tally } from './delivery-summary.js';
import { countInto, bucketOf } from './duration-histogram.js';
import { startOfStep, TALLY_STEPS } from './tally-periods.js';

/** Status codes of a subscription in one minute. An endpoint that makes up more of them has those counted by their class. */
const MAX_CODES = 16;
const COUNTED_MINUTES = 1;

/** Attempts of a subscription in one minute that ended with one status code. */
export interface MinuteCount extends Tally {
  readonly tenant: string;
  readonly subscriptionId: string;
  attempts: number;
  readonly durations: number[];
}

/** The same in a step of any length. */
export interface CountedStep extends Omit<MinuteCount, 'tenant'> {
  readonly stepMinutes: number;
}

export interface CountedAttempt {
  readonly tenant: string;
  readonly subscriptionId: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** `undefined` for no answer. */
  readonly status: number | undefined;
}

/** Counts attempts in memory, by minute. Every attempt passes through here. */
export class TallyCounts {
  readonly #shares: TenantShares;
  readonly #bySubscription = new Map<string, MinuteCount[]>();

  /** @param capacity limit on counts, of which one tenant gets at most half */
  constructor(capacity: number) {
    this.#shares = new TenantShares(capacity);
  }

  get size(): number {
    return this.#shares.used;
  }

  /** @returns whether there was room */
  count({ tenant, subscriptionId, startedAt, durationMs, status = NO_ANSWER }: CountedAttempt): boolean {
    const minute = startOfStep(startedAt, COUNTED_MINUTES);
    const count = this.#countOf(tenant, subscriptionId, minute, status);
    if (!count) return false;
    count.attempts++;
    countInto(count.durations, bucketOf(durationMs));
    return true;
  }

  /** Adds what was counted before. @returns whether there was room */
  add({ tenant, subscriptionId, startedAt, statusCode, attempts, durations }: MinuteCount): boolean {
    const count = this.#countOf(tenant, subscriptionId, startedAt, statusCode);
    if (!count) return false;
    count.attempts += attempts;
    for (const [bucket, number] of durations.entries()) countInto(count.durations, bucket, number);
    return true;
  }

  /** Returns all counts, and begins anew. */
  take(): MinuteCount[] {
    const taken = [...this.#bySubscription.values()].flat();
    this.#bySubscription.clear();
    for (const { tenant } of taken) this.#shares.give(tenant, 1);
    return taken;
  }

  #countOf(
    tenant: string,
    subscriptionId: string,
    startedAt: number,
    statusCode: number,
  ): MinuteCount | undefined {
    const own = this.#bySubscription.get(subscriptionId) ?? [];
    // Mostly there is one, or a few.
    let codes = 0;
    for (const count of own) {
      if (count.startedAt !== startedAt) continue;
      if (count.statusCode === statusCode) return count;
      codes++;
    }
    const isClass = statusCode % 100 === 0;
    if (codes >= MAX_CODES && !isClass)
      return this.#countOf(tenant, subscriptionId, startedAt, classOf(statusCode));
    if (!this.#shares.hasRoom(tenant)) return undefined;
    this.#shares.take(tenant, 1);
    const made = { tenant, subscriptionId, startedAt, statusCode, attempts: 0, durations: [] };
    own.push(made);
    this.#bySubscription.set(subscriptionId, own);
    return made;
  }
}

/** 404 counts as 400. */
const classOf = (statusCode: number): number => statusCode - (statusCode % 100);

/** The steps of all lengths that these counts add to, in the order of their keys. */
export function countedStepsOf(counts: readonly MinuteCount[]): CountedStep[] {
  const steps = new Map<string, CountedStep>();
  for (const { subscriptionId, statusCode, attempts, durations, ...count } of counts) {
    for (const { stepMinutes } of TALLY_STEPS) {
      const startedAt = startOfStep(count.startedAt, stepMinutes);
      const key = [subscriptionId, stepMinutes, startedAt, statusCode].join(' ');
      const step = steps.get(key) ?? {
        subscriptionId,
        stepMinutes,
        startedAt,
        statusCode,
        attempts: 0,
        durations: [],
      };
      step.attempts += attempts;
      for (const [bucket, number] of durations.entries()) countInto(step.durations, bucket, number);
      steps.set(key, step);
    }
  }
  return [...steps.values()].toSorted(
    (a, b) =>
      (a.subscriptionId < b.subscriptionId ? -1 : Number(a.subscriptionId > b.subscriptionId)) ||
      a.stepMinutes - b.stepMinutes ||
      a.startedAt - b.startedAt ||
      a.statusCode - b.statusCode,
  );
}
