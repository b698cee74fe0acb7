import { onAbort } from '../on-abort.js';
import { FairQueue } from './fair-queue.js';
import { TenantShareError, TenantShares } from './tenant-shares.js';

export interface TurnLimits {
  /** Slots for all tenants together; {@link TenantShares} limits each tenant. */
  readonly places: number;
  /** Callers per tenant that may wait for a slot; more are refused. */
  readonly waitingPerTenant: number;
}

interface Waiting {
  readonly tenant: string;
  readonly admit: (release: () => void) => void;
}

/** Grants slots to waiting tenants in turn: however many calls of one tenant wait, another waits for at most one of them. */
export class TenantTurns {
  readonly #shares: TenantShares;
  readonly #waiting = new FairQueue<Waiting>(({ tenant }) => tenant);

  constructor(private readonly limits: TurnLimits) {
    this.#shares = new TenantShares(limits.places);
  }

  /** Slots in use. */
  get used(): number {
    return this.#shares.used;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws TenantShareError if too many of the tenant's calls wait; the signal's reason; any error of the work */
  async run<Value>(tenant: string, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const release = await this.acquire(tenant, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /**
   * @returns an idempotent release function
   * @throws TenantShareError if too many of the tenant's calls wait; the signal's reason (by rejection)
   */
  async acquire(tenant: string, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#waiting.sizeOf(tenant) === 0 && this.#shares.hasRoom(tenant)) return this.#enter(tenant);
    if (this.#waiting.sizeOf(tenant) >= this.limits.waitingPerTenant) throw new TenantShareError('tenant');
    return this.#wait(tenant, signal);
  }

  /** Why the tenant has to wait now: its own share is used up, or everything is. */
  refusal(tenant: string): TenantShareError {
    return this.#shares.refusal(tenant);
  }

  #wait(tenant: string, signal: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        tenant,
        admit: (release) => {
          unsubscribe?.();
          resolve(release);
        },
      };
      this.#waiting.push(waiting);
      const unsubscribe =
        signal &&
        onAbort(signal, () => {
          this.#waiting.keep((each) => each !== waiting);
          reject(signal.reason as Error);
        });
    });
  }

  #enter(tenant: string): () => void {
    const give = this.#shares.acquire(tenant);
    return () => {
      give();
      this.#admit();
    };
  }

  #admit(): void {
    for (;;) {
      const next = this.#waiting.take((tenant) => this.#shares.hasRoom(tenant));
      if (!next) return;
      next.admit(this.#enter(next.tenant));
    }
  }
}
