import { onAbort, TenantShareError, TenantTurns } from '#libs/kernel';
import { databaseUnavailable, ProblemException, shareProblem } from '#libs/platform';

/** Most waiting queries of a tenant: more could not be answered in time. */
const MAX_WAITING = 1_000;

export interface QueryLimits {
  /** Connections to the database. */
  readonly poolSize: number;
  /** Longest wait for a connection, in milliseconds. */
  readonly timeoutMs: number;
}

/** Ends a turn, with the error of the work if it failed. */
export type ReleaseTurn = (error?: unknown) => void;

/** A tenant's running queries, from the first one until there are none. */
interface Activity {
  queries: number;
  /** When the database last answered one of them; initially when the first one started. */
  answeredAt: number;
}

/**
 * Makes tenants take turns at the database: one with slow or many queries uses part of the connections, and delays only
 * itself. A long wait is the tenant's own fault (`429`) only while the database answers its queries.
 */
export class QueryShares {
  readonly #turns: TenantTurns;
  readonly #timeoutMs: number;
  readonly #activities = new Map<string, Activity>();

  constructor({ poolSize, timeoutMs }: QueryLimits) {
    this.#turns = new TenantTurns({ places: poolSize, waitingPerTenant: MAX_WAITING });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ProblemException if the tenant gets no turn in time; or the error of the work */
  async run<Value>(tenant: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    const end = await this.acquire(tenant, signal);
    try {
      const value = await work();
      end();
      return value;
    } catch (error) {
      end(error);
      throw error;
    }
  }

  /** @returns a function that ends the turn. @throws ProblemException if there is no turn in time */
  async acquire(tenant: string, signal: AbortSignal): Promise<ReleaseTurn> {
    const activity = this.#begin(tenant);
    try {
      const release = await this.#turn(tenant, signal);
      return (error) => {
        if (isAnswer(error)) activity.answeredAt = performance.now();
        this.#end(tenant, activity);
        release();
      };
    } catch (error) {
      const problem = error instanceof TenantShareError ? this.#problem(error, activity) : error;
      this.#end(tenant, activity);
      throw problem;
    }
  }

  async #turn(tenant: string, signal: AbortSignal): Promise<() => void> {
    const over = new AbortController();
    const end = (): void => over.abort(this.#turns.refusal(tenant));
    const timer = setTimeout(end, this.#timeoutMs);
    const unsubscribe = onAbort(signal, end);
    try {
      return await this.#turns.acquire(tenant, over.signal);
    } finally {
      clearTimeout(timer);
      unsubscribe();
    }
  }

  /** The database counts as unavailable if it answered none of the tenant's queries for half of the longest wait. */
  #problem({ refusal }: TenantShareError, { answeredAt }: Activity): ProblemException {
    const isAnswering = performance.now() - answeredAt < this.#timeoutMs / 2;
    return isAnswering ? shareProblem(refusal, 'queries under way') : databaseUnavailable();
  }

  #begin(tenant: string): Activity {
    const activity = this.#activities.get(tenant) ?? { queries: 0, answeredAt: performance.now() };
    this.#activities.set(tenant, activity);
    activity.queries++;
    return activity;
  }

  #end(tenant: string, activity: Activity): void {
    activity.queries--;
    if (activity.queries === 0) this.#activities.delete(tenant);
  }
}

/** A refusal, such as an unknown order, counts as an answer. */
const isAnswer = (error: unknown): boolean =>
  error === undefined || (error instanceof ProblemException && error.status < 500);
