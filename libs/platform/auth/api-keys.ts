import { createHash, randomBytes } from 'node:crypto';

/** Injection token of {@link ApiKeyStore}. */
export const API_KEY_STORE = Symbol('api-key-store');

export interface ApiKeyOwner {
  readonly keyId: string;
  readonly tenant: string;
}

export interface ApiKeyStore {
  /** The owners of the keys with these hashes, by hash: without those that are unknown or revoked. */
  findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, ApiKeyOwner>>;
}

/** 256 random bits, with a prefix by which secret scanners know them. */
export const makeApiKey = (): string => `os_${randomBytes(32).toString('base64url')}`;

/** The key has 256 random bits, so a fast hash is as good as a slow one. */
export const hashApiKey = (key: string): string => createHash('sha256').update(key).digest('base64url');

const BEARER = /^Bearer +([\x21-\x7e]{1,200})$/i;

/** The key that a request came with, if it did. */
export const bearerKeyOf = ({
  authorization,
}: {
  readonly authorization?: string | undefined;
}): string | undefined => BEARER.exec(authorization ?? '')?.[1];
