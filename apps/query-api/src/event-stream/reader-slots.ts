import { ProblemException } from '#libs/platform';

export interface SlotLimits {
  readonly maxReaders: number;
  readonly maxReadersPerTenant: number;
}

/** Slots come free when others end: not at once. */
const RETRY_AFTER_SECONDS = 5;

/** Bounds how many read at once, and how many of these may be one tenant's. */
export class ReaderSlots {
  readonly #ofTenants = new Map<string, number>();
  #taken = 0;

  constructor(private readonly limits: SlotLimits) {}

  /** @returns how to give it back. @throws ProblemException when there is none left */
  take(tenant: string): () => void {
    const own = this.#ofTenants.get(tenant) ?? 0;
    if (this.#taken >= this.limits.maxReaders) throw crowded('Too many event streams are open.');
    if (own >= this.limits.maxReadersPerTenant)
      throw crowded('Your tenant has as many event streams open as it may have.');
    this.#taken++;
    this.#ofTenants.set(tenant, own + 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#giveBack(tenant);
      isHeld = false;
    };
  }

  #giveBack(tenant: string): void {
    const left = (this.#ofTenants.get(tenant) ?? 1) - 1;
    this.#taken--;
    if (left > 0) this.#ofTenants.set(tenant, left);
    else this.#ofTenants.delete(tenant);
  }
}

const crowded = (detail: string): ProblemException =>
  new ProblemException({ code: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
