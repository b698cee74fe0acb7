import { FairQueue, TenantShares } from '#libs/kernel';

interface Waiting {
  readonly tenant: string;
  readonly begin: () => void;
}

/**
 * Bounds work in progress. Tenants take turns, and one may have no more than the others leave free. First attempts and repeats
 * take turns as well, so that what hangs again and again does not stand in the way of what would not.
 */
export class FairLimiter {
  readonly #shares: TenantShares;
  /** Whoever is served next stands first. */
  #queues = [queue(), queue()] as const;
  readonly #firsts = this.#queues[0];
  readonly #repeats = this.#queues[1];

  constructor(most: number) {
    this.#shares = new TenantShares(most);
  }

  /** Resolves with how to release the slot, once there is one. */
  acquire(tenant: string, isRepeat: boolean): Promise<() => void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        const release = this.#shares.acquire(tenant);
        resolve(() => {
          release();
          this.#beginNext();
        });
      };
      (isRepeat ? this.#repeats : this.#firsts).push({ tenant, begin });
      this.#beginNext();
    });
  }

  #beginNext(): void {
    const mayBegin = (tenant: string) => this.#shares.hasRoom(tenant);
    for (;;) {
      const [turn, other] = this.#queues;
      const inTurn = turn.take(mayBegin);
      const next = inTurn ?? other.take(mayBegin);
      if (!next) return;
      if (inTurn) this.#queues = [other, turn];
      next.begin();
    }
  }
}

const queue = () => new FairQueue<Waiting>(({ tenant }) => tenant);
