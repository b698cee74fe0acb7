import { FairQueue, TenantShares } from '#libs/kernel';
import type { Principal } from './caller.js';

const MAX_HASHES = 200;

interface PendingLookup<Found> {
  readonly hash: string;
  readonly asker: string;
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Queries the store once at a time, for all keys that have arrived since, so that lookups use one connection. Askers take
 * turns, and each may have no more keys waiting than are left free.
 */
export class KeyLookups<Found = Principal> {
  readonly #waiting = new FairQueue<PendingLookup<Found>>(({ asker }) => asker);
  readonly #shares: TenantShares;
  readonly #answers = new Map<string, Promise<Found | undefined>>();
  #isAsking = false;

  constructor(
    private readonly store: {
      findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, Found>>;
    },
    maxWaiting: number,
  ) {
    this.#shares = new TenantShares(maxWaiting);
  }

  /**
   * @param asker whose share and turn it is
   * @throws TenantShareError if too many keys are waiting, or what the store throws (by rejection)
   */
  find(hash: string, asker: string): Promise<Found | undefined> {
    const known = this.#answers.get(hash);
    if (known) return known;
    if (!this.#shares.hasRoom(asker)) return Promise.reject(this.#shares.refusal(asker));
    this.#shares.take(asker, 1);
    const answer = new Promise<Found | undefined>((resolve, reject) => {
      this.#waiting.push({ hash, asker, resolve, reject });
    });
    this.#answers.set(hash, answer);
    if (!this.#isAsking) void this.#ask();
    return answer;
  }

  /** Whoever asks from now on gets an answer that the store gives from now on. */
  forget(hash: string): void {
    this.#answers.delete(hash);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.size > 0) {
      const asked = this.#waiting.takeUpTo(MAX_HASHES).map((lookup) => ({
        ...lookup,
        answer: this.#answers.get(lookup.hash),
      }));
      for (const { asker } of asked) this.#shares.give(asker, 1);
      try {
        const found = await this.store.findByHashes(asked.map(({ hash }) => hash));
        for (const { hash, resolve } of asked) resolve(found.get(hash));
      } catch (error) {
        for (const { reject } of asked) reject(error as Error);
      }
      // Another question for the same key may have begun meanwhile.
      for (const { hash, answer } of asked)
        if (this.#answers.get(hash) === answer) this.#answers.delete(hash);
    }
    this.#isAsking = false;
  }
}
