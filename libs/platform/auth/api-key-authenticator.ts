import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { KeyLookups } from './key-lookups.js';
import { API_KEY_STORE, type ApiKeyStore, hashApiKey } from './api-keys.js';
import type { Principal } from './caller.js';

/** How long a key that the store has confirmed is trusted while the store does not answer. */
const OUTAGE_TRUST_MS = 3_600_000;
const MAX_KNOWN = 10_000;
/** Most unknown keys that may wait for a lookup; more get 503. */
const MAX_NEW = 1_000;

interface ConfirmedKey {
  readonly principal: Principal;
  readonly confirmedAt: number;
  trustedUntil: number;
}

/**
 * Finds the principal of an API key and caches the answer. While the store is down, keys that it has confirmed stay valid for a
 * bounded time, so that orders are still accepted.
 */
@Injectable()
export class ApiKeyAuthenticator {
  readonly #confirmed = new LRUCache<string, ConfirmedKey>({ max: MAX_KNOWN });
  /** A cache of its own, so that a flood of wrong keys cannot evict valid ones. Values are expiry times. */
  readonly #unknown = new LRUCache<string, number>({ max: MAX_KNOWN });
  readonly #newLookups: KeyLookups;
  /** Lookups of keys that were valid before. They have their own queue, so that guesses cannot delay them. */
  readonly #renewals: KeyLookups;
  readonly #cacheMs: number;

  constructor(@Inject(API_KEY_STORE) store: ApiKeyStore, @Inject(SETTINGS) settings: Settings) {
    this.#cacheMs = settings.auth.cacheMs;
    this.#newLookups = new KeyLookups(store, MAX_NEW);
    this.#renewals = new KeyLookups(store, MAX_KNOWN);
  }

  /** @throws any error of the store, unless it has confirmed the key recently */
  async principalOf(key: string): Promise<Principal | undefined> {
    const hash = hashApiKey(key);
    const now = Date.now();
    const confirmed = this.#confirmed.get(hash);
    if (confirmed && confirmed.trustedUntil > now) return confirmed.principal;
    if ((this.#unknown.get(hash) ?? 0) > now) return undefined;
    try {
      const lookups = confirmed ? this.#renewals : this.#newLookups;
      return this.#remember(hash, await lookups.principalOf(hash));
    } catch (error) {
      if (!confirmed || confirmed.confirmedAt + OUTAGE_TRUST_MS < now) throw error;
      // Do not ask again at once, because each request would wait for a store that is down.
      confirmed.trustedUntil = Date.now() + this.#cacheMs;
      return confirmed.principal;
    }
  }

  #remember(hash: string, principal: Principal | undefined): Principal | undefined {
    const confirmedAt = Date.now();
    const trustedUntil = confirmedAt + this.#cacheMs;
    if (principal) {
      this.#confirmed.set(hash, { principal, confirmedAt, trustedUntil });
    } else {
      this.#confirmed.delete(hash);
      this.#unknown.set(hash, trustedUntil);
    }
    return principal;
  }
}
