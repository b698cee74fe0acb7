import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** The text was sealed with an unknown key, for another owner, or not by a sealer. */
export class UnsealableError extends Error {
  override readonly name = 'UnsealableError';
  constructor(setting: string) {
    super(`this was sealed under a key that ${setting} does not name, or has been changed`);
  }
}

export const KEY_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
/** Distinguishes this format from future ones. */
const PREFIX = 'v1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts secrets with AES-256-GCM, so that access to the log or the database does not reveal them. A text sealed for one
 * owner cannot be used for another.
 */
export class Sealer {
  /**
   * @param keys of 32 bytes each: the first one seals, and all of them open. Without keys every call fails.
   * @param setting where the keys come from, for errors
   */
  constructor(
    private readonly keys: readonly Buffer[],
    private readonly setting = 'WEBHOOK_ENCRYPTION_KEY',
  ) {}

  seal(text: string, owner: string): string {
    return this.#seal(text, owner, randomBytes(IV_BYTES));
  }

  /**
   * Seals deterministically: equal text, owner and key give equal results, so that a change is visible without opening
   * them. Nothing else is revealed, because the nonce is a keyed hash of the text.
   */
  sealComparably(text: string, owner: string): string {
    const hash = createHmac('sha256', this.#first)
      .update('nonce')
      .update(JSON.stringify([owner, text]));
    return this.#seal(text, owner, hash.digest().subarray(0, IV_BYTES));
  }

  #seal(text: string, owner: string, iv: Buffer): string {
    const cipher = createCipheriv(ALGORITHM, this.#first, iv).setAAD(Buffer.from(owner));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url');
  }

  /** @throws UnsealableError */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    if (!sealed.startsWith(PREFIX) || bytes.length < IV_BYTES + TAG_BYTES)
      throw new UnsealableError(this.setting);
    for (const key of this.keys) {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const start = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([start, decipher.final()]).toString('utf8');
      } catch {
        // Try the next key.
      }
    }
    throw new UnsealableError(this.setting);
  }

  /** A keyed hash: equal texts have equal fingerprints, and guessing the text needs the key. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.#first).update('fingerprint').update(text).digest('base64url');
  }

  get #first(): Buffer {
    const [first] = this.keys;
    if (!first) throw new Error(`${this.setting} is not set`);
    return first;
  }
}
