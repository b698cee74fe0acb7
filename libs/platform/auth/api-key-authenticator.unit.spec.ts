import { jest } from '@jest/globals';
import { loadSettings } from '../settings/settings.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { type ApiKeyOwner, hashApiKey, makeApiKey } from './api-keys.js';

const owner: ApiKeyOwner = { keyId: 'k', tenant: 't' };

describe('the API key authenticator', () => {
  let known: Map<string, ApiKeyOwner>;
  let lookups: number;
  let away: boolean;
  let authenticator: ApiKeyAuthenticator;

  beforeEach(() => {
    jest.useFakeTimers();
    known = new Map([[hashApiKey('key'), owner]]);
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
    expect(await authenticator.ownerOf('key')).toEqual(owner);
    expect(await authenticator.ownerOf('key')).toEqual(owner);
    expect(lookups).toBe(1);
  });

  it('remembers wrong keys too, so that they cannot flood the store', async () => {
    await authenticator.ownerOf('wrong');
    expect(await authenticator.ownerOf('wrong')).toBeUndefined();
    expect(lookups).toBe(1);
  });

  it('keeps what it knows through a flood of wrong keys', async () => {
    await authenticator.ownerOf('key');
    for (let n = 0; n < 11_000; n++) await authenticator.ownerOf(`wrong-${n}`);
    away = true;
    expect(await authenticator.ownerOf('key')).toEqual(owner);
  });

  it('asks once for many requests', async () => {
    await Promise.all(Array.from({ length: 50 }, () => authenticator.ownerOf('key')));
    expect(lookups).toBe(1);
  });

  it('notices that a key was revoked', async () => {
    await authenticator.ownerOf('key');
    known.clear();
    jest.advanceTimersByTime(1_001);
    expect(await authenticator.ownerOf('key')).toBeUndefined();
  });

  it('trusts what it knew while the store is away, and nobody else', async () => {
    await authenticator.ownerOf('key');
    away = true;
    jest.advanceTimersByTime(3_500_000);
    expect(await authenticator.ownerOf('key')).toEqual(owner);
    expect(await authenticator.ownerOf('key')).toEqual(owner);
    expect(lookups).toBe(2);
    await expect(authenticator.ownerOf('unseen')).rejects.toThrow('away');
    jest.advanceTimersByTime(200_000);
    await expect(authenticator.ownerOf('key')).rejects.toThrow('away');
  });
});

it('makes keys that cannot be guessed', () => {
  const keys = Array.from({ length: 100 }, makeApiKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^os_[\w-]{43}$/);
});
