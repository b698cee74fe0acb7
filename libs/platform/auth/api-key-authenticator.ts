import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { KeyLookups } from './key-lookups.js';
import { ApiKeyUses } from './api-key-uses.js';
import { API_KEY_STORE, type ApiKeyStore, hashApiKey } from './api-keys.js';
import type { Principal } from './caller.js';

/** How long a key that the store has confirmed is trusted while the store does not answer. */
const OUTAGE_TRUST_MS = 3_600_000;
/** A known key takes about a kilobyte. Beyond that, keys are looked up more often. */
const MAX_KNOWN = 20_000;
const MAX_UNKNOWN = 10_000;
/**
 * Most unknown keys that may wait for a lookup. Each has a connection waiting, of which callers without a known key have
 * 2,000 by default: this leaves them some.
 */
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
  readonly #unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN });
  readonly #newLookups: KeyLookups;
  /** Lookups of keys that were valid before. They have their own queue, so that guesses cannot delay them. */
  readonly #renewals: KeyLookups;
  readonly #cacheMs: number;
  /** How many changes the store has told of. */
  #changes = 0;

  constructor(
    @Inject(API_KEY_STORE) store: ApiKeyStore,
    @Inject(SETTINGS) settings: Settings,
    @Inject(ApiKeyUses) private readonly uses: ApiKeyUses,
  ) {
    this.#cacheMs = settings.auth.cacheMs;
    this.#newLookups = new KeyLookups(store, MAX_NEW);
    // A tenant alone may have half of it waiting, which is every key that is known.
    this.#renewals = new KeyLookups(store, 2 * MAX_KNOWN);
  }

  /**
   * @param addressOf who waits in turn with others if the key has to be looked up
   * @throws TenantShareError if too many new keys are waiting; any error of the store, unless it has confirmed the key
   *   recently
   */
  async principalOf(key: string, addressOf: () => string): Promise<Principal | undefined> {
    const principal = await this.#find(hashApiKey(key), addressOf);
    const now = Date.now();
    if (!principal || (principal.expiresAt && principal.expiresAt.getTime() <= now)) return undefined;
    this.uses.note(principal.actor, now);
    return principal;
  }

  /** The key was changed: the next request with it asks the store. */
  forget(hash: string): void {
    this.#changes++;
    this.#confirmed.delete(hash);
    this.#unknown.delete(hash);
    this.#newLookups.forget(hash);
    this.#renewals.forget(hash);
  }

  async #find(hash: string, addressOf: () => string): Promise<Principal | undefined> {
    const now = Date.now();
    const confirmed = this.#confirmed.get(hash);
    if (confirmed && confirmed.trustedUntil > now) return confirmed.principal;
    if ((this.#unknown.get(hash) ?? 0) > now) return undefined;
    const changes = this.#changes;
    try {
      const principal = confirmed
        ? await this.#renewals.principalOf(hash, confirmed.principal.tenant)
        : await this.#newLookups.principalOf(hash, addressOf());
      // The answer may be older than a change that was told meanwhile: it serves this request only.
      if (changes === this.#changes) this.#remember(hash, principal);
      return principal;
    } catch (error) {
      const isTrusted = confirmed && this.#confirmed.peek(hash) === confirmed;
      if (!isTrusted || confirmed.confirmedAt + OUTAGE_TRUST_MS < now) throw error;
      // Do not ask again at once, because each request would wait for a store that is down.
      confirmed.trustedUntil = Date.now() + this.#cacheMs;
      return confirmed.principal;
    }
  }

  #remember(hash: string, principal: Principal | undefined): void {
    const confirmedAt = Date.now();
    const trustedUntil = confirmedAt + this.#cacheMs;
    if (principal) {
      this.#confirmed.set(hash, { principal, confirmedAt, trustedUntil });
    } else {
      this.#confirmed.delete(hash);
      this.#unknown.set(hash, trustedUntil);
    }
  }
}
