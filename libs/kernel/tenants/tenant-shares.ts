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
   * @param perTenant limit for one tenant, if lower than its share
   */
  constructor(
    private readonly total: number,
    private readonly perTenant = total,
  ) {}

  /** Amount in use by all tenants. */
  get used(): number {
    return this.#used;
  }

  heldBy(tenant: string): number {
    return this.#held.get(tenant) ?? 0;
  }

  hasRoom(tenant: string, amount = 1): boolean {
    const after = this.heldBy(tenant) + amount;
    return after <= this.perTenant && after <= this.total - this.#used;
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
    const isOwn = this.heldBy(tenant) + amount > this.perTenant || this.holdsMuch(tenant);
    return new TenantShareError(isOwn ? 'tenant' : 'all');
  }
}
