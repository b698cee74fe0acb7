import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { API_KEY_STORE, type ApiKeyOwner, type ApiKeyStore, hashApiKey } from './api-keys.js';

/** How long after its time a cached answer may still stand in while a new one is fetched behind it. */
const STALE_MS = 300_000;

interface CachedOwner {
  /** `undefined` for a key that is not known: a flood of wrong keys must not reach the database. */
  readonly owner: ApiKeyOwner | undefined;
  readonly expiresAt: number;
}

/**
 * Tells whose an API key is. Answers are remembered for a while; when the database does not answer, what was known
 * before goes on being trusted, so that orders can be taken without it.
 */
@Injectable()
export class ApiKeyAuthenticator {
  readonly #cache = new LRUCache<string, CachedOwner>({ max: 10_000 });
  readonly #lookups = new Map<string, Promise<ApiKeyOwner | undefined>>();
  readonly #cacheMs: number;

  constructor(
    @Inject(API_KEY_STORE) private readonly store: ApiKeyStore,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.#cacheMs = settings.auth.cacheMs;
  }

  /** @throws what the store throws, when it does not answer and the key was never seen. */
  async ownerOf(key: string): Promise<ApiKeyOwner | undefined> {
    const hash = hashApiKey(key);
    const cached = this.#cache.get(hash);
    if (cached && cached.expiresAt > Date.now()) return cached.owner;
    const lookup = this.#lookUp(hash);
    if (!cached?.owner) return lookup;
    const whileUnavailable = lookup.catch(() => cached.owner);
    return cached.expiresAt + STALE_MS > Date.now() ? cached.owner : whileUnavailable;
  }

  /** One look-up at a time for a key, however many requests wait for it. */
  #lookUp(hash: string): Promise<ApiKeyOwner | undefined> {
    const running = this.#lookups.get(hash);
    if (running) return running;
    const lookup = this.store
      .findByHash(hash)
      .then((owner) => {
        this.#cache.set(hash, { owner, expiresAt: Date.now() + this.#cacheMs });
        return owner;
      })
      .finally(() => this.#lookups.delete(hash));
    this.#lookups.set(hash, lookup);
    return lookup;
  }
}
