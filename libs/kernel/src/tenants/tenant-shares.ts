/** Why there is no room: the tenant holds its share, or all tenants together hold everything. */
export type ShareRefusal = 'tenant' | 'all';

/** There is no room for a tenant now. Nothing was done. */
export class TenantShareError extends Error {
  override readonly name = 'TenantShareError';

  constructor(readonly refusal: ShareRefusal) {
    super(refusal === 'tenant' ? 'Your tenant has too much under way.' : 'Too much is under way.');
  }
}

/**
 * Divides something that tenants share, such as places or bytes. A tenant may hold no more than the others leave free: one
 * alone gets half, two get a third each, and so on. So a few who take all they can always leave room for another one, and
 * nobody has to say how many tenants there are (the dynamic thresholds of Choudhury and Hahne).
 */
export class TenantShares {
  readonly #held = new Map<string, number>();
  #used = 0;

  /**
   * @param total bound of what all hold together
   * @param perTenant bound of what one holds, where that is to be lower than its share
   */
  constructor(
    private readonly total: number,
    private readonly perTenant = total,
  ) {}

  /** What all hold together. */
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

  /** @returns how to give it back; more than once does no harm. @throws TenantShareError */
  acquire(tenant: string, amount = 1): () => void {
    if (!this.hasRoom(tenant, amount)) throw this.refusal(tenant, amount);
    this.take(tenant, amount);
    let isHeld = true;
    return () => {
      if (isHeld) this.give(tenant, amount);
      isHeld = false;
    };
  }

  /** Without a look at the bounds. */
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

  /** Whether it holds as much as tenants do on average, or more. */
  holdsMuch(tenant: string): boolean {
    const held = this.heldBy(tenant);
    return held > 0 && held * this.#held.size >= this.#used;
  }

  /** A tenant that holds less than the average is refused because of the others. */
  refusal(tenant: string, amount = 1): TenantShareError {
    const isOwn = this.heldBy(tenant) + amount > this.perTenant || this.holdsMuch(tenant);
    return new TenantShareError(isOwn ? 'tenant' : 'all');
  }
}
