import { onAbort } from './timing.js';

/** A queue that serves tenants round robin, and each tenant's items in order of arrival. */
export class FairQueue<Item> {
  /** Non-empty queues; the tenant to serve next comes first. */
  #queues = new Map<string, Item[]>();
  #size = 0;

  constructor(private readonly tenantOf: (item: Item) => string) {}

  get size(): number {
    return this.#size;
  }

  sizeOf(tenant: string): number {
    return this.#queues.get(tenant)?.length ?? 0;
  }

  push(item: Item): void {
    const tenant = this.tenantOf(item);
    const queue = this.#queues.get(tenant);
    if (queue) queue.push(item);
    else this.#queues.set(tenant, [item]);
    this.#size++;
  }

  /** Takes the next item of a ready tenant. Tenants that are not ready keep their turn. */
  take(isReady: (tenant: string) => boolean = () => true): Item | undefined {
    for (const [tenant, queue] of this.#queues) {
      if (!isReady(tenant)) continue;
      const item = queue.shift();
      this.#queues.delete(tenant);
      if (queue.length > 0) this.#queues.set(tenant, queue);
      this.#size--;
      return item;
    }
    return undefined;
  }

  takeUpTo(count: number): Item[] {
    const taken: Item[] = [];
    if (this.#queues.size === 1) {
      for (const [tenant, queue] of this.#queues) {
        taken.push(...queue.splice(0, count));
        if (queue.length === 0) this.#queues.delete(tenant);
      }
      this.#size -= taken.length;
      return taken;
    }
    while (taken.length < count) {
      const item = this.take();
      if (item === undefined) break;
      taken.push(item);
    }
    return taken;
  }

  /** Returns the items taken last to the front, in this order. */
  putBack(items: readonly Item[]): void {
    const before = this.#queues;
    this.#queues = new Map();
    this.#size = 0;
    for (const item of items) this.push(item);
    for (const [tenant, queue] of before) {
      const own = this.#queues.get(tenant);
      if (own) own.push(...queue);
      else this.#queues.set(tenant, queue);
      this.#size += queue.length;
    }
  }

  /** Drops every item that does not match. */
  keep(isKept: (item: Item) => boolean): void {
    for (const [tenant, queue] of this.#queues) {
      const kept = queue.filter(isKept);
      this.#size -= queue.length - kept.length;
      if (kept.length > 0) this.#queues.set(tenant, kept);
      else this.#queues.delete(tenant);
    }
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const queue of this.#queues.values()) yield* queue;
  }
}

/** Why there is no room: the tenant has used its share, or all tenants together have used everything. */
export type ShareRefusal = 'tenant' | 'all';

/** There is no room for the tenant; nothing was changed. */
export class TenantShareError extends Error {
  override readonly name = 'TenantShareError';

  constructor(readonly refusal: ShareRefusal) {
    super(refusal === 'tenant' ? 'Your tenant has too much in progress.' : 'Too much is in progress.');
  }
}

/**
 * Divides a shared resource, such as slots or bytes, among tenants. A tenant may use no more than what is still free: one
 * alone gets half, two get a third each, and so on. Greedy tenants therefore always leave room for another, and the number
 * of tenants need not be known (dynamic thresholds of Choudhury and Hahne).
 */
export class TenantShares {
  readonly #held = new Map<string, number>();
  #used = 0;

  /**
   * @param total limit for all tenants together
   * @param mostOf limit for a tenant, if lower than its share
   */
  constructor(
    private readonly total: number,
    private readonly mostOf: (tenant: string) => number = () => total,
  ) {}

  get used(): number {
    return this.#used;
  }

  heldBy(tenant: string): number {
    return this.#held.get(tenant) ?? 0;
  }

  hasRoom(tenant: string, amount = 1): boolean {
    const after = this.heldBy(tenant) + amount;
    return after <= this.mostOf(tenant) && after <= this.total - this.#used;
  }

  /** @returns an idempotent release function. @throws TenantShareError */
  acquire(tenant: string, amount = 1): () => void {
    if (!this.hasRoom(tenant, amount)) throw this.refusal(tenant, amount);
    this.take(tenant, amount);
    let isHeld = true;
    return () => {
      if (isHeld) this.give(tenant, amount);
      isHeld = false;
    };
  }

  /** Takes an amount without checking the limits. */
  take(tenant: string, amount: number): void {
    this.#used += amount;
    this.#held.set(tenant, this.heldBy(tenant) + amount);
  }

  give(tenant: string, amount: number): void {
    this.#used -= amount;
    const left = this.heldBy(tenant) - amount;
    if (left > 0) this.#held.set(tenant, left);
    else this.#held.delete(tenant);
  }

  /** Whether the tenant uses at least as much as the average tenant. */
  holdsMuch(tenant: string): boolean {
    const held = this.heldBy(tenant);
    return held > 0 && held * this.#held.size >= this.#used;
  }

  /** Blames the tenant if it is over its limit or uses at least the average; otherwise, the others. */
  refusal(tenant: string, amount = 1): TenantShareError {
    const isOwn = this.heldBy(tenant) + amount > this.mostOf(tenant) || this.holdsMuch(tenant);
    return new TenantShareError(isOwn ? 'tenant' : 'all');
  }
}

interface TurnLimits {
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
    const release = this.acquireNow(tenant);
    if (release) return release;
    if (this.#waiting.sizeOf(tenant) >= this.limits.waitingPerTenant) throw new TenantShareError('tenant');
    return this.#wait(tenant, signal);
  }

  /** Costs less than {@link acquire}. @returns an idempotent release function; `undefined` if the tenant has to wait */
  acquireNow(tenant: string): (() => void) | undefined {
    if (this.#waiting.sizeOf(tenant) > 0 || !this.#shares.hasRoom(tenant)) return undefined;
    return this.#enter(tenant);
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
