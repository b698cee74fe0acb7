import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { KeyLookups } from './key-lookups.js';
import { API_KEY_STORE, type ApiKeyOwner, type ApiKeyStore, hashApiKey } from './api-keys.js';

/** How long a key that the store has confirmed is trusted while the store does not answer. */
const OUTAGE_TRUST_MS = 3_600_000;
const MAX_KNOWN = 10_000;
/** New keys that wait at once to be looked up; more are refused with 503. */
const MAX_NEW = 1_000;

interface ConfirmedKey {
  readonly owner: ApiKeyOwner;
  readonly confirmedAt: number;
  /** Until then no look-up is needed. */
  trustedUntil: number;
}

/**
 * Tells whose an API key is. Answers are remembered for a while; when the store does not answer, what it has confirmed
 * before goes on being trusted for a bounded time, so that orders can be taken without it.
 */
@Injectable()
export class ApiKeyAuthenticator {
  readonly #confirmed = new LRUCache<string, ConfirmedKey>({ max: MAX_KNOWN });
  /** Apart from the others, so that a flood of wrong keys cannot push the right ones out. Values are times of expiry. */
  readonly #unknown = new LRUCache<string, number>({ max: MAX_KNOWN });
  /** Lookups of unknown keys, including guesses. */
  readonly #newLookups: KeyLookups;
  /** Lookups of keys that were valid a while ago. They have their own queue, so that guesses cannot delay them. */
  readonly #renewals: KeyLookups;
  readonly #cacheMs: number;

  constructor(@Inject(API_KEY_STORE) store: ApiKeyStore, @Inject(SETTINGS) settings: Settings) {
    this.#cacheMs = settings.auth.cacheMs;
    this.#newLookups = new KeyLookups(store, MAX_NEW);
    this.#renewals = new KeyLookups(store, MAX_KNOWN);
  }

  /** @throws what the store throws, when it does not answer and has not confirmed the key lately. */
  async ownerOf(key: string): Promise<ApiKeyOwner | undefined> {
    const hash = hashApiKey(key);
    const now = Date.now();
    const confirmed = this.#confirmed.get(hash);
    if (confirmed && confirmed.trustedUntil > now) return confirmed.owner;
    if ((this.#unknown.get(hash) ?? 0) > now) return undefined;
    try {
      const lookups = confirmed ? this.#renewals : this.#newLookups;
      return this.#remember(hash, await lookups.ownerOf(hash));
    } catch (error) {
      if (!confirmed || confirmed.confirmedAt + OUTAGE_TRUST_MS < now) throw error;
      // Not asked again at once: each time would be a wait for a store that does not answer.
      confirmed.trustedUntil = Date.now() + this.#cacheMs;
      return confirmed.owner;
    }
  }

  #remember(hash: string, owner: ApiKeyOwner | undefined): ApiKeyOwner | undefined {
    const confirmedAt = Date.now();
    const trustedUntil = confirmedAt + this.#cacheMs;
    if (owner) {
      this.#confirmed.set(hash, { owner, confirmedAt, trustedUntil });
    } else {
      this.#confirmed.delete(hash);
      this.#unknown.set(hash, trustedUntil);
    }
    return owner;
  }
}
