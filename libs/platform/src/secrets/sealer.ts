import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** What was sealed under none of the keys, for another owner, or not by a sealer at all. */
export class UnsealableError extends Error {
  override readonly name = 'UnsealableError';
  constructor() {
    super('this was sealed under a key that WEBHOOK_ENCRYPTION_KEY does not name, or has been changed');
  }
}

export const KEY_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
/** So that another way can be told from this one, should there ever be one. */
const PREFIX = 'v1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what must be kept and must not be read by who sees the log or the database: AES-256-GCM. What was sealed for
 * one owner cannot be passed off as another's.
 */
export class Sealer {
  /** @param keys of 32 bytes: the first seals, all of them open. Without any, nothing can be done. */
  constructor(private readonly keys: readonly Buffer[]) {}

  seal(text: string, owner: string): string {
    return this.#seal(text, owner, randomBytes(IV_BYTES));
  }

  /**
   * The same each time for the same text, owner and key, so that who cannot open it can tell whether a setting has
   * changed. Whoever sees two of them learns that, and no more: the nonce follows from the text by a keyed hash.
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
    if (!sealed.startsWith(PREFIX) || bytes.length < IV_BYTES + TAG_BYTES) throw new UnsealableError();
    for (const key of this.keys) {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        const start = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([start, decipher.final()]).toString('utf8');
      } catch {
        // Under another key, perhaps.
      }
    }
    throw new UnsealableError();
  }

  /** Tells what is the same from what is not, and nothing else: it cannot be found by trying, as a mere hash could. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.#first).update('fingerprint').update(text).digest('base64url');
  }

  get #first(): Buffer {
    const [first] = this.keys;
    if (!first) throw new Error('WEBHOOK_ENCRYPTION_KEY is not set');
    return first;
  }
}
