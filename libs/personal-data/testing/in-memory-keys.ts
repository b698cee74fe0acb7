import { randomBytes } from 'node:crypto';
import { newId } from '#libs/kernel';
import {
  type CustomerOfTenant,
  type DataKey,
  type DataKeyStore,
  type FoundKey,
  KeyRing,
  nameOfCustomer,
  PersonalData,
} from '#libs/personal-data/sealing';
import { KEY_BYTES, Sealer } from '#libs/platform';

/** Keeps the keys of customers as the table does. */
export class InMemoryKeys implements DataKeyStore {
  readonly #byCustomer = new Map<string, DataKey>();
  readonly #byId = new Map<string, FoundKey>();
  /** Statements that were sent. */
  questions = 0;

  async keysOf(customers: readonly CustomerOfTenant[]): Promise<ReadonlyMap<string, DataKey>> {
    this.questions++;
    return new Map(customers.map((customer) => [nameOfCustomer(customer), this.#keyOf(customer)]));
  }

  async keysById(ids: readonly string[]): Promise<ReadonlyMap<string, FoundKey>> {
    this.questions++;
    const found = new Map<string, FoundKey>();
    for (const id of ids) {
      const key = this.#byId.get(id);
      if (key) found.set(id, key);
    }
    return found;
  }

  /** @returns the id of the key */
  destroy(customer: CustomerOfTenant): string | undefined {
    const name = nameOfCustomer(customer);
    const key = this.#byCustomer.get(name);
    if (!key) return undefined;
    this.#byCustomer.delete(name);
    this.#byId.set(key.keyId, 'forgotten');
    return key.keyId;
  }

  #keyOf(customer: CustomerOfTenant): DataKey {
    const name = nameOfCustomer(customer);
    const known = this.#byCustomer.get(name);
    if (known) return known;
    const key = { keyId: newId(), tenant: customer.tenant, sealer: new Sealer([randomBytes(KEY_BYTES)]) };
    this.#byCustomer.set(name, key);
    this.#byId.set(key.keyId, key);
    return key;
  }
}

/** Personal data that is sealed with keys in memory. */
export const sealedInMemory = (keys = new InMemoryKeys()): PersonalData =>
  new PersonalData(new KeyRing(keys));
