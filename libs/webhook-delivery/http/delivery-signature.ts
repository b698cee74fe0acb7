import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { SECRET_PREFIX, type SigningSecret } from '#libs/webhooks';

interface SigningKey {
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Signs deliveries as Standard Webhooks specifies. The package of that name hashes in JavaScript and takes six times as
 * long for 1 KB, which every attempt would wait for, so only the tests use it, to verify.
 */
export class DeliverySigner {
  readonly #keys: readonly SigningKey[];

  constructor(secrets: readonly SigningSecret[]) {
    this.#keys = secrets.map(({ secret, expiresAt }) => ({
      key: createSecretKey(secret.slice(SECRET_PREFIX.length), 'base64'),
      expiresAt: expiresAt === null ? Infinity : Date.parse(expiresAt),
    }));
  }

  /** Returns one `v1,…` signature per secret that is valid at this time. */
  sign(webhookId: string, now: number, body: Buffer): string {
    const head = `${webhookId}.${Math.floor(now / 1_000)}.`;
    let signatures = '';
    for (const { key, expiresAt } of this.#keys) {
      if (expiresAt <= now) continue;
      const signature = createHmac('sha256', key).update(head).update(body).digest('base64');
      signatures += signatures === '' ? `v1,${signature}` : ` v1,${signature}`;
    }
    return signatures;
  }
}
