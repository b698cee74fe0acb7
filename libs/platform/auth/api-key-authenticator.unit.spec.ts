import { jest } from '@jest/globals';
import { loadSettings } from '../settings/settings.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { hashApiKey, makeApiKey } from './api-keys.js';
import type { Principal } from './caller.js';
import { ALL_OF_A_TENANT } from './scopes.js';

const principal: Principal = { actor: 'k', tenant: 't', scopes: ALL_OF_A_TENANT };

describe('the API key authenticator', () => {
  let known: Map<string, Principal>;
  let lookups: number;
  let away: boolean;
  let authenticator: ApiKeyAuthenticator;

  beforeEach(() => {
    jest.useFakeTimers();
    known = new Map([[hashApiKey('key'), principal]]);
    lookups = 0;
    away = false;
    const store = {
      findByHashes: async (hashes: readonly string[]) => {
        lookups += 1;
        if (away) throw new Error('away');
        return new Map([...known].filter(([hash]) => hashes.includes(hash)));
      },
    };
    authenticator = new ApiKeyAuthenticator(store, loadSettings({ API_KEY_CACHE_MS: '1000' }));
  });
  afterEach(() => void jest.useRealTimers());

  it('knows a key, and remembers it', async () => {
    expect(await authenticator.principalOf('key')).toEqual(principal);
    expect(await authenticator.principalOf('key')).toEqual(principal);
    expect(lookups).toBe(1);
  });

  it('remembers wrong keys too, so that they cannot flood the store', async () => {
    await authenticator.principalOf('wrong');
    expect(await authenticator.principalOf('wrong')).toBeUndefined();
    expect(lookups).toBe(1);
  });

  it('keeps what it knows through a flood of wrong keys', async () => {
    await authenticator.principalOf('key');
    for (let n = 0; n < 11_000; n++) await authenticator.principalOf(`wrong-${n}`);
    away = true;
    expect(await authenticator.principalOf('key')).toEqual(principal);
  });

  it('asks once for many requests', async () => {
    await Promise.all(Array.from({ length: 50 }, () => authenticator.principalOf('key')));
    expect(lookups).toBe(1);
  });

  it('notices that a key was revoked', async () => {
    await authenticator.principalOf('key');
    known.clear();
    jest.advanceTimersByTime(1_001);
    expect(await authenticator.principalOf('key')).toBeUndefined();
  });

  it('trusts what it knew while the store is away, and nobody else', async () => {
    await authenticator.principalOf('key');
    away = true;
    jest.advanceTimersByTime(3_500_000);
    expect(await authenticator.principalOf('key')).toEqual(principal);
    expect(await authenticator.principalOf('key')).toEqual(principal);
    expect(lookups).toBe(2);
    await expect(authenticator.principalOf('unseen')).rejects.toThrow('away');
    jest.advanceTimersByTime(200_000);
    await expect(authenticator.principalOf('key')).rejects.toThrow('away');
  });
});

it('makes keys that cannot be guessed', () => {
  const keys = Array.from({ length: 100 }, makeApiKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^os_[\w-]{43}$/);
});
