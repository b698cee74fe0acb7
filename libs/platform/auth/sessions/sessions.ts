import { hash, randomBytes } from 'node:crypto';

/** Injection token of {@link SessionStore}. */
export const SESSION_STORE = Symbol('session-store');

/** How a session began. A portal session began with a link, and sees webhooks only. */
export const SESSION_KINDS = ['api-key', 'oidc', 'development-key', 'portal'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** A session lasts no longer, however much it is used. */
export const MAX_SESSION_MS = 43_200_000;

export interface StoredSession {
  readonly hash: string;
  readonly kind: SessionKind;
  readonly tenant: string;
  readonly actor: string;
  /** Names of scopes. A session of an API key has those of its key instead. */
  readonly scopes: readonly string[];
  /** The API key that the session ends with. */
  readonly keyHash: string | null;
  /** The only subscription that a portal session sees; `null` for all of the tenant. */
  readonly subscriptionId: string | null;
  readonly endsAt: Date;
}

export interface SessionStore {
  /** Sessions by hash. Those that have ended or lain idle for too long are absent. */
  findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredSession>>;
  /** Records that sessions are used now. */
  noteUse(hashes: readonly string[]): Promise<void>;
}

/** 256 random bits. */
export const makeSessionToken = (): string => randomBytes(32).toString('base64url');

const TOKEN = /^[\w-]{43}$/;

/** Whether a text has the form of what {@link makeSessionToken} makes. */
export const isSessionToken = (text: string): boolean => TOKEN.test(text);

/** The token has 256 random bits, so a fast hash is as good as a slow one. */
export const hashSessionToken = (token: string): string => hash('sha256', token, 'base64url');
