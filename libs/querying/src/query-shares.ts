import { TenantShareError, TenantTurns } from '#libs/kernel';
import { databaseUnavailable, ProblemException, shareProblem } from '#libs/platform';

/** Of one tenant: what comes then could not be answered in time anyway. */
const MAX_WAITING = 1_000;

export interface QueryLimits {
  /** Connections to the database. */
  readonly poolSize: number;
  /** Longest wait for one. Milliseconds. */
  readonly timeoutMs: number;
}

/** Gives a place back, and says how the work ended: with an error, if any. */
export type ReleaseTurn = (error?: unknown) => void;

/** What a tenant has under way, from its first query until it has none. */
interface Activity {
  queries: number;
  /** When the database last answered one of them; at first, when it was first asked. */
  answeredAt: number;
}

/**
 * Lets tenants have the database in turn: one whose queries are slow, or many, takes part of the connections, and waits for
 * itself alone. It is to blame for a long wait only while the database answers its queries; a database that does not answer
 * is nobody's fault.
 */
export class QueryShares {
  readonly #turns: TenantTurns;
  readonly #timeoutMs: number;
  readonly #activities = new Map<string, Activity>();

  constructor({ poolSize, timeoutMs }: QueryLimits) {
    this.#turns = new TenantTurns({ places: poolSize, waitingPerTenant: MAX_WAITING });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ProblemException when it is not the tenant's turn in time; what the work throws */
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

  /** @returns how to end the turn. @throws ProblemException when there is none in time */
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
    signal.addEventListener('abort', end);
    try {
      return await this.#turns.acquire(tenant, over.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  /** The database is taken to be away when it has answered none of the tenant's queries for half of the longest wait. */
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

/** A refusal, such as that there is no such order, is an answer, too. */
const isAnswer = (error: unknown): boolean =>
  error === undefined || (error instanceof ProblemException && error.status < 500);
