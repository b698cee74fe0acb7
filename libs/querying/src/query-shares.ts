import { TenantShareError, TenantTurns } from '#libs/kernel';
import { shareProblem } from '#libs/platform';

/** Of one tenant: what comes then could not be answered in time anyway. */
const MAX_WAITING = 1_000;

export interface QueryLimits {
  /** Connections to the database. */
  readonly poolSize: number;
  /** Longest wait for one. Milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Lets tenants have the database in turn: one whose queries are slow, or many, takes part of the connections, and waits for
 * itself alone.
 */
export class QueryShares {
  readonly #turns: TenantTurns;
  readonly #timeoutMs: number;

  constructor({ poolSize, timeoutMs }: QueryLimits) {
    this.#turns = new TenantTurns({ places: poolSize, waitingPerTenant: MAX_WAITING });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ProblemException when the tenant has too many queries under way; what the work throws */
  async run<Value>(tenant: string, signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    const release = await this.acquire(tenant, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** @returns how to give the place back. @throws ProblemException when there is none in time */
  async acquire(tenant: string, signal: AbortSignal): Promise<() => void> {
    const over = new AbortController();
    const end = (): void => over.abort(new TenantShareError('tenant'));
    const timer = setTimeout(end, this.#timeoutMs);
    signal.addEventListener('abort', end);
    try {
      return await this.#turns.acquire(tenant, over.signal);
    } catch (error) {
      if (!(error instanceof TenantShareError)) throw error;
      throw shareProblem(error.refusal, 'queries under way');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }
}
