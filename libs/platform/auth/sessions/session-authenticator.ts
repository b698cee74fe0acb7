import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { systemClock } from '#libs/kernel';
import { SETTINGS, type Settings } from '../../settings/settings.js';
import { ApiKeyAuthenticator } from '../api-key-authenticator.js';
import type { Principal } from '../caller.js';
import { KeyLookups } from '../key-lookups.js';
import { scopeSetOf } from '../scope-sets.js';
import {
  hashSessionToken,
  isSessionToken,
  SESSION_STORE,
  type SessionStore,
  type StoredSession,
} from './sessions.js';

/** A session takes about a kilobyte. Beyond that, sessions are looked up more often. */
const MAX_KNOWN = 20_000;
const MAX_NEW = 1_000;
/** However long keys are trusted: a session that another process sees must not seem idle here. */
const MAX_TRUST_MS = 60_000;
const NOTE_EVERY_MS = 15_000;

interface KnownSession {
  readonly session: StoredSession;
  readonly trustedUntil: number;
}

const NO_SESSIONS: SessionStore = {
  findByHashes: async () => new Map(),
  noteUse: async () => undefined,
};

/** Finds the principal of a session, which it is for as long as its key is valid, or as its access token was. */
@Injectable()
export class SessionAuthenticator implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Sessions');
  readonly #known = new LRUCache<string, KnownSession>({ max: MAX_KNOWN });
  readonly #lookups: KeyLookups<StoredSession>;
  readonly #trustMs: number;
  readonly #store: SessionStore;
  #asked = new Map<string, object>();
  #used = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(
    @Optional() @Inject(SESSION_STORE) store: SessionStore | undefined,
    @Inject(SETTINGS) settings: Settings,
    @Inject(ApiKeyAuthenticator) private readonly keys: ApiKeyAuthenticator,
  ) {
    this.#store = store ?? NO_SESSIONS;
    this.#lookups = new KeyLookups(this.#store, MAX_NEW);
    this.#trustMs = Math.min(settings.auth.cacheMs, MAX_TRUST_MS);
  }

  onApplicationBootstrap(): void {
    this.#cancel = systemClock.every(NOTE_EVERY_MS, () => void this.#noteUses());
  }

  /** Comes before the pool of the database ends. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#cancel?.();
    await this.#noteUses();
  }

  /**
   * @param addressOf who waits in turn with others if the session has to be looked up
   * @returns `undefined` for a session that is unknown or over
   * @throws TenantShareError if too many are waiting; any error of the store
   */
  async principalOf(token: string, addressOf: () => string): Promise<Principal | undefined> {
    if (!isSessionToken(token)) return undefined;
    const session = await this.#find(hashSessionToken(token), addressOf);
    if (!session || session.endsAt.getTime() <= Date.now()) return undefined;
    const owner = session.keyHash === null ? null : await this.keys.ownerOf(session.keyHash, addressOf);
    if (owner === undefined) return undefined;
    this.#used.add(session.hash);
    return principalOf(session, owner);
  }

  /** The session is over: nothing more is answered to it, also on a stream that is open. */
  forget(hash: string): void {
    this.#asked.delete(hash);
    this.#known.delete(hash);
    this.#lookups.forget(hash);
    this.keys.tellEnd(hash);
  }

  /** Whatever ended meanwhile was perhaps not told. */
  forgetAll(): void {
    this.#asked.clear();
    this.#known.clear();
  }

  async #find(hash: string, addressOf: () => string): Promise<StoredSession | undefined> {
    const known = this.#known.get(hash);
    if (known && known.trustedUntil > Date.now()) return known.session;
    const asking = {};
    this.#asked.set(hash, asking);
    try {
      const session = await this.#lookups.find(hash, known?.session.tenant ?? addressOf());
      // One that ended meanwhile must not be remembered.
      if (this.#asked.get(hash) !== asking) return session;
      if (session) this.#known.set(hash, { session, trustedUntil: Date.now() + this.#trustMs });
      else this.#known.delete(hash);
      return session;
    } finally {
      if (this.#asked.get(hash) === asking) this.#asked.delete(hash);
    }
  }

  async #noteUses(): Promise<void> {
    const used = [...this.#used];
    if (used.length === 0) return;
    this.#used = new Set();
    try {
      await this.#store.noteUse(used);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the last use of sessions cannot be written');
    }
  }
}

/** @param owner of the key that the session belongs to, if it belongs to one */
function principalOf(stored: StoredSession, owner: Principal | null): Principal {
  const { kind, hash, subscriptionId, keyHash, endsAt } = stored;
  const ends = [endsAt, owner?.expiresAt].filter((end) => end !== undefined);
  return {
    actor: stored.actor,
    actorKind: kind === 'portal' ? 'portal' : 'session',
    tenant: stored.tenant,
    scopes: owner && kind === 'api-key' ? owner.scopes : scopeSetOf(stored.scopes),
    expiresAt: new Date(Math.min(...ends.map((end) => end.getTime()))),
    session: {
      kind,
      hash,
      ...(keyHash !== null && { keyHash }),
      ...(subscriptionId !== null && { subscriptionId }),
    },
  };
}
