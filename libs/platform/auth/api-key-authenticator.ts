import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { KeyLookups } from './key-lookups.js';
import { ApiKeyUses } from './api-key-uses.js';
import { API_KEY_STORE, type ApiKeyStore, hashApiKey } from './api-keys.js';
import { type Principal, principalOf } from './caller.js';
import { bearerOf } from './credential.js';

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

/** @param principal whose key it is now, if it is valid; none for a session that is over */
type Watcher = (principal: Principal | undefined) => void;

const endOf = (principal: Principal | undefined): number => principal?.expiresAt?.getTime() ?? Infinity;

/** The hash of the API key that a request is made with, or that its session ends with; `undefined` for an access token. */
export function keyHashOf(request: FastifyRequest): string | undefined {
  const { session, actorKind = 'key' } = principalOf(request) ?? {};
  if (session) return session.keyHash;
  const bearer = bearerOf(request.headers);
  return actorKind === 'key' && bearer !== undefined ? hashApiKey(bearer) : undefined;
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
  /** Keys that the store is asked for now. Those of which it tells a change meanwhile are taken out. */
  readonly #asked = new Map<string, object>();
  readonly #watchers = new Map<string, Set<Watcher>>();

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
  principalOf(key: string, addressOf: () => string): Promise<Principal | undefined> {
    return this.ownerOf(hashApiKey(key), addressOf);
  }

  /** As {@link principalOf}, for whoever knows the hash of the key only. */
  async ownerOf(hash: string, addressOf: () => string): Promise<Principal | undefined> {
    const principal = await this.#find(hash, addressOf);
    const now = Date.now();
    if (!principal || endOf(principal) <= now) return undefined;
    this.uses.note(principal.actor, now);
    return principal;
  }

  /** The key was changed: the next request with it asks the store. */
  forget(hash: string): void {
    this.#asked.delete(hash);
    this.#confirmed.delete(hash);
    this.#unknown.delete(hash);
    this.#newLookups.forget(hash);
    this.#renewals.forget(hash);
    if (this.#watchers.has(hash)) void this.#tellWatchers(hash);
  }

  /**
   * Calls back when the key of a request was revoked or its end was moved, or its session has ended, for an answer that goes
   * on: it must end.
   * @returns a function that stops listening
   */
  onChange(request: FastifyRequest, tell: () => void): () => void {
    const principal = principalOf(request);
    const { session } = principal ?? {};
    const hashes = session
      ? [session.hash, session.keyHash ?? '']
      : [hashApiKey(bearerOf(request.headers) ?? '')];
    const end = endOf(principal);
    const stops = hashes.map((hash) =>
      this.#watch(hash, (now) => {
        // The end of a session may be its own, so any change of its key counts.
        if (session || !now || endOf(now) !== end) tell();
      }),
    );
    return () => stops.forEach((stop) => stop());
  }

  /** Tells those who watch a session that it is over. */
  tellEnd(hash: string): void {
    for (const tell of this.#watchers.get(hash) ?? []) tell(undefined);
  }

  #watch(hash: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(hash) ?? new Set();
    this.#watchers.set(hash, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(hash) === watchers) this.#watchers.delete(hash);
    };
  }

  /** The notice may be that of the making of the key, so the store is asked. If it is away, whoever goes on asks again. */
  async #tellWatchers(hash: string): Promise<void> {
    const now = await this.#renewals.find(hash, '').catch(() => undefined);
    for (const tell of this.#watchers.get(hash) ?? []) tell(now);
  }

  async #find(hash: string, addressOf: () => string): Promise<Principal | undefined> {
    const now = Date.now();
    const confirmed = this.#confirmed.get(hash);
    if (confirmed && confirmed.trustedUntil > now) return confirmed.principal;
    if ((this.#unknown.get(hash) ?? 0) > now) return undefined;
    const asking = this.#asked.get(hash) ?? {};
    this.#asked.set(hash, asking);
    try {
      const principal = confirmed
        ? await this.#renewals.find(hash, confirmed.principal.tenant)
        : await this.#newLookups.find(hash, addressOf());
      // The answer may be older than a change that was told meanwhile: it serves this request only.
      if (this.#asked.get(hash) === asking) this.#remember(hash, principal);
      return principal;
    } catch (error) {
      const isTrusted = confirmed && this.#confirmed.peek(hash) === confirmed;
      if (!isTrusted || confirmed.confirmedAt + OUTAGE_TRUST_MS < now) throw error;
      // Do not ask again at once, because each request would wait for a store that is down.
      confirmed.trustedUntil = Date.now() + this.#cacheMs;
      return confirmed.principal;
    } finally {
      if (this.#asked.get(hash) === asking) this.#asked.delete(hash);
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
