import { EVERY_TENANT, type Reader, type SealedTexts, UnsealableError } from '#libs/platform';
import type { DataKey, KeyRing } from './key-ring.js';
import {
  FORGOTTEN,
  keyIdsIn,
  openInJson,
  type OpenSealed,
  type PersonalValue,
  sealValue,
} from './sealed-text.js';

type PersonalParts = Readonly<Record<string, PersonalValue>>;

/**
 * Personal data is sealed before a command is decided, and opened on its way to whoever may see it. In between, in the log, in
 * tables and snapshots, it is sealed. Once the key of a customer is destroyed, nothing opens it any more.
 */
export class PersonalData implements SealedTexts {
  readonly #listeners: (() => void)[] = [];

  /** @param keys `null` where no key is configured: nothing is sealed then, and nothing that is sealed can be read */
  constructor(private readonly keys: KeyRing | null) {}

  /** The same parts, sealed with the key of the customer. Rejects while the store of keys does not answer. */
  async sealed<Parts extends PersonalParts>(
    tenant: string,
    customerId: string,
    parts: Parts,
  ): Promise<Parts> {
    if (!this.keys || Object.values(parts).every((part) => part === null)) return parts;
    const found = this.keys.keyOf({ tenant, customerId });
    const key = found instanceof Promise ? await found : found;
    const { keyId, sealer } = key;
    const seal = (text: string): string => sealer.sealComparably(text, keyId);
    const sealedParts = Object.entries(parts).map(([name, part]) => [name, sealValue(part, { keyId, seal })]);
    return Object.fromEntries(sealedParts) as Parts;
  }

  open(json: string, reader: Reader): string | Promise<string> {
    const { keys } = this;
    const ids = keyIdsIn(json);
    if (!keys || ids.size === 0) return json;
    const open = (): string => openInJson(json, openerOf(keys, reader));
    for (const id of ids)
      if (keys.known(id) === undefined)
        return keys.load(ids, typeof reader === 'string' ? reader : '').then(open);
    return open();
  }

  /** Like {@link open}, for a value that is no JSON yet. */
  async opened<Value>(value: Value, reader: Reader): Promise<Value> {
    const json = JSON.stringify(value);
    const open = await this.open(json, reader);
    return open === json ? value : (JSON.parse(open) as Value);
  }

  /** Called back when a key was destroyed, or may have been: what was opened before must not be used again. */
  onForgotten(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** A key was destroyed. @param keyId `undefined` if it is not known which */
  forgotten(keyId: string | undefined): void {
    this.keys?.drop(keyId);
    for (const listener of this.#listeners) listener();
  }
}

const openerOf =
  (keys: KeyRing, reader: Reader): OpenSealed =>
  (keyId, ciphertext) => {
    const found = keys.known(keyId);
    // Dropped since it was loaded, which is rare: it is left sealed, and never shown.
    if (found === undefined || found === null) return undefined;
    if (found === 'forgotten') return FORGOTTEN;
    return isFor(found, reader) ? openedWith(found, ciphertext) : undefined;
  };

const isFor = ({ tenant }: DataKey, reader: Reader): boolean => reader === EVERY_TENANT || reader === tenant;

function openedWith({ sealer, keyId }: DataKey, ciphertext: string): string | undefined {
  try {
    return sealer.open(ciphertext, keyId);
  } catch (error) {
    // Somebody has changed it, or made it up.
    if (error instanceof UnsealableError) return undefined;
    throw error;
  }
}
