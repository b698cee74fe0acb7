import { LRUCache } from 'lru-cache';
import { KeyLookups, type Sealer } from '#libs/platform';

/** Seals and opens the personal data of one customer. */
export interface DataKey {
  readonly keyId: string;
  readonly tenant: string;
  readonly sealer: Pick<Sealer, 'sealComparably' | 'open'>;
}

export type FoundKey = DataKey | 'forgotten';

export interface CustomerOfTenant {
  readonly tenant: string;
  readonly customerId: string;
}

/** Where data keys are kept. */
export interface DataKeyStore {
  /** By {@link nameOfCustomer}. Makes the keys that are missing, and returns only what is durable. */
  keysOf(customers: readonly CustomerOfTenant[]): Promise<ReadonlyMap<string, DataKey>>;
  /** By id, without the unknown ones. */
  keysById(ids: readonly string[]): Promise<ReadonlyMap<string, FoundKey>>;
}

export const nameOfCustomer = ({ tenant, customerId }: CustomerOfTenant): string =>
  JSON.stringify([tenant, customerId]);

function customerOf(name: string): CustomerOfTenant {
  const [tenant, customerId] = JSON.parse(name) as [string, string];
  return { tenant, customerId };
}

/** About a kilobyte each. */
const MOST_KEYS = 20_000;
/** A process that misses the notice of a destroyed key finds out after this time. */
const KEEP_MS = 60_000;
/** Bounded by the requests in flight long before. */
const MOST_WAITING = 1_000_000;

/** The data keys that a process uses. Everyone who waits for a key meanwhile shares one statement. */
export class KeyRing {
  readonly #byId = new LRUCache<string, { readonly found: FoundKey | null }>({
    max: MOST_KEYS,
    ttl: KEEP_MS,
  });
  readonly #byCustomer = new LRUCache<string, DataKey>({ max: MOST_KEYS, ttl: KEEP_MS });
  readonly #customers: KeyLookups<DataKey>;
  readonly #ids: KeyLookups<FoundKey>;
  #drops = 0;

  constructor(store: DataKeyStore) {
    const customers = { findByHashes: (names: readonly string[]) => store.keysOf(names.map(customerOf)) };
    this.#customers = new KeyLookups(customers, MOST_WAITING);
    this.#ids = new KeyLookups({ findByHashes: (ids) => store.keysById(ids) }, MOST_WAITING);
  }

  /** The key of a customer, who gets one if there is none. Rejects while the store does not answer. */
  keyOf(customer: CustomerOfTenant): DataKey | Promise<DataKey> {
    const name = nameOfCustomer(customer);
    return this.#byCustomer.get(name) ?? this.#lookUpCustomer(name, customer.tenant);
  }

  /** A key that is in memory. `null`: there is none of this id. `undefined`: not known, so {@link load} it. */
  known(keyId: string): FoundKey | null | undefined {
    return this.#byId.get(keyId)?.found;
  }

  /** Rejects while the store does not answer. @param asker whose share and turn it is */
  async load(ids: Iterable<string>, asker: string): Promise<void> {
    const missing = [...ids].filter((id) => this.known(id) === undefined);
    await Promise.all(
      missing.map(async (id) => {
        const found = await this.#asOfNow(() => this.#ids.find(id, asker));
        this.#byId.set(id, { found: found ?? null });
      }),
    );
  }

  /** Forgets a key that was destroyed. Without an id, all of them: notices may have been missed. */
  drop(keyId?: string): void {
    this.#drops++;
    if (keyId === undefined) {
      this.#byId.clear();
      this.#byCustomer.clear();
      return;
    }
    this.#byId.delete(keyId);
    this.#ids.forget(keyId);
    for (const [name, key] of this.#byCustomer.entries())
      if (key.keyId === keyId) {
        this.#byCustomer.delete(name);
        this.#customers.forget(name);
      }
  }

  async #lookUpCustomer(name: string, tenant: string): Promise<DataKey> {
    const key = await this.#asOfNow(() => this.#customers.find(name, tenant));
    if (!key) throw new Error('the store of data keys made none');
    this.#byCustomer.set(name, key);
    // Its first reader is often the answer to the request that it was made for.
    this.#byId.set(key.keyId, { found: key });
    return key;
  }

  /** What the store said before a key was destroyed is asked again. */
  async #asOfNow<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const drops = this.#drops;
      const answer = await ask();
      if (drops === this.#drops) return answer;
    }
  }
}
