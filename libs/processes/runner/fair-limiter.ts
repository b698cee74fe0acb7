import { FairQueue, TenantShares } from '#libs/kernel';

interface Waiting {
  readonly tenant: string;
  readonly begin: () => void;
}

/** Bounds work in progress. Tenants take turns, and one may have no more than the others leave free. */
export class FairLimiter {
  readonly #shares: TenantShares;
  readonly #waiting = new FairQueue<Waiting>(({ tenant }) => tenant);

  constructor(most: number) {
    this.#shares = new TenantShares(most);
  }

  /** Resolves with how to release the slot, once there is one. */
  acquire(tenant: string): Promise<() => void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        const release = this.#shares.acquire(tenant);
        resolve(() => {
          release();
          this.#beginNext();
        });
      };
      this.#waiting.push({ tenant, begin });
      this.#beginNext();
    });
  }

  #beginNext(): void {
    for (;;) {
      const next = this.#waiting.take((tenant) => this.#shares.hasRoom(tenant));
      if (!next) return;
      next.begin();
    }
  }
}
