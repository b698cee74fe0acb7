import type { ApiKeyStore } from './api-keys.js';
import type { Principal } from './caller.js';

const MAX_HASHES = 200;

/** More keys are waiting than the store can look up in time. */
export class TooManyLookupsError extends Error {
  override readonly name = 'TooManyLookupsError';
}

interface PendingLookup {
  readonly resolve: (principal: Principal | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Queries the store once at a time, for all keys that have arrived since, so that lookups use one connection. */
export class KeyLookups {
  readonly #waiting = new Map<string, PendingLookup>();
  readonly #answers = new Map<string, Promise<Principal | undefined>>();
  #isAsking = false;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly maxWaiting: number,
  ) {}

  /** @throws TooManyLookupsError, or what the store throws (by rejection) */
  principalOf(hash: string): Promise<Principal | undefined> {
    const known = this.#answers.get(hash);
    if (known) return known;
    if (this.#waiting.size >= this.maxWaiting)
      return Promise.reject(new TooManyLookupsError('too many API keys are being looked up'));
    const answer = new Promise<Principal | undefined>((resolve, reject) => {
      this.#waiting.set(hash, { resolve, reject });
    });
    this.#answers.set(hash, answer);
    if (!this.#isAsking) void this.#ask();
    return answer;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.size > 0) {
      const asked = new Map([...this.#waiting].slice(0, MAX_HASHES));
      for (const hash of asked.keys()) this.#waiting.delete(hash);
      try {
        const principals = await this.store.findByHashes([...asked.keys()]);
        for (const [hash, { resolve }] of asked) resolve(principals.get(hash));
      } catch (error) {
        for (const { reject } of asked.values()) reject(error as Error);
      }
      for (const hash of asked.keys()) this.#answers.delete(hash);
    }
    this.#isAsking = false;
  }
}
