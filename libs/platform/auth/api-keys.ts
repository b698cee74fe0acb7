import { hash, randomBytes } from 'node:crypto';
import type { Principal } from './caller.js';

/** Injection token of {@link ApiKeyStore}. */
export const API_KEY_STORE = Symbol('api-key-store');

export interface ApiKeyStore {
  /** Owners by key hash. Unknown and revoked keys are absent. */
  findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>>;
  /** Records when keys were used last, by key id. A time within a minute of the one recorded is left out. */
  noteUse(uses: ReadonlyMap<string, Date>): Promise<void>;
}

/** 256 random bits, with a prefix that secret scanners recognise. */
export const makeApiKey = (): string => `os_${randomBytes(32).toString('base64url')}`;

/** The key has 256 random bits, so a fast hash is as good as a slow one. */
export const hashApiKey = (key: string): string => hash('sha256', key, 'base64url');
