import { jest } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { deferred } from '#libs/kernel/testing';
import { loadSettings } from '../settings/settings.js';
import { ApiKeyUses } from './api-key-uses.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { hashApiKey, makeApiKey } from './api-keys.js';
import type { Principal } from './caller.js';
import { ALL_OF_A_TENANT } from './scopes.js';

const principal: Principal = { actor: 'k', tenant: 't', scopes: ALL_OF_A_TENANT };

describe('the API key authenticator', () => {
  let known: Map<string, Principal>;
  let lookups: number;
  let away: boolean;
  let before: Promise<void>;
  let uses: ApiKeyUses;
  let authenticator: ApiKeyAuthenticator;
  const ask = (key: string, address = '192.0.2.1') => authenticator.principalOf(key, () => address);

  beforeEach(() => {
    jest.useFakeTimers();
    known = new Map([[hashApiKey('key'), principal]]);
    lookups = 0;
    away = false;
    before = Promise.resolve();
    const store = {
      findByHashes: async (hashes: readonly string[]) => {
        lookups += 1;
        if (away) throw new Error('away');
        const answer = new Map(
          hashes.flatMap((hash) => {
            const found = known.get(hash);
            return found ? [[hash, found] as const] : [];
          }),
        );
        await before;
        return answer;
      },
      noteUse: async () => undefined,
    };
    uses = new ApiKeyUses(store);
    authenticator = new ApiKeyAuthenticator(store, loadSettings({ API_KEY_CACHE_MS: '1000' }), uses);
  });
  afterEach(() => void jest.useRealTimers());

  it('knows a key, and remembers it', async () => {
    expect(await ask('key')).toEqual(principal);
    expect(await ask('key')).toEqual(principal);
    expect(lookups).toBe(1);
  });

  it('remembers wrong keys too, so that they cannot flood the store', async () => {
    await ask('wrong');
    expect(await ask('wrong')).toBeUndefined();
    expect(lookups).toBe(1);
  });

  it('keeps what it knows through a flood of wrong keys', async () => {
    await ask('key');
    for (let n = 0; n < 11_000; n++) await ask(`wrong-${n}`);
    away = true;
    expect(await ask('key')).toEqual(principal);
  });

  it('asks once for many requests', async () => {
    await Promise.all(Array.from({ length: 50 }, () => ask('key')));
    expect(lookups).toBe(1);
  });

  it('notices that a key was revoked', async () => {
    await ask('key');
    known.clear();
    jest.advanceTimersByTime(1_001);
    expect(await ask('key')).toBeUndefined();
  });

  it('refuses an expired key at once, whatever is remembered and whether the store answers', async () => {
    known.set(hashApiKey('short'), { ...principal, expiresAt: new Date(Date.now() + 500) });
    expect(await ask('short')).toBeDefined();
    away = true;
    jest.advanceTimersByTime(499);
    expect(await ask('short')).toBeDefined();
    jest.advanceTimersByTime(1);
    expect(await ask('short')).toBeUndefined();
    expect(lookups).toBe(1);
  });

  it('asks again for a key that was changed, and for no other', async () => {
    known.set(hashApiKey('other'), principal);
    await Promise.all([ask('key'), ask('other'), ask('wrong')]);
    known.delete(hashApiKey('key'));
    known.set(hashApiKey('wrong'), principal);
    authenticator.forget(hashApiKey('key'));
    authenticator.forget(hashApiKey('wrong'));
    away = true;
    expect(await ask('other')).toEqual(principal);
    await expect(ask('key')).rejects.toThrow('away');
    away = false;
    expect(await Promise.all([ask('key'), ask('wrong')])).toEqual([undefined, principal]);
  });

  it('does not remember an answer that is older than a change', async () => {
    const { promise, resolve } = deferred();
    before = promise;
    const asked = ask('key');
    known.clear();
    authenticator.forget(hashApiKey('key'));
    resolve();
    expect([await asked, await ask('key')]).toEqual([principal, undefined]);
  });

  it('remembers what it asks for while other keys are changed', async () => {
    const { promise, resolve } = deferred();
    before = promise;
    const asked = ask('key');
    authenticator.forget(hashApiKey('other'));
    resolve();
    expect([await asked, await ask('key'), lookups]).toEqual([principal, principal, 1]);
  });

  it('tells those that go on answering to a key that it was revoked or is to end, as long as they listen', async () => {
    const told: string[] = [];
    const listen = (name: string, key: string) =>
      authenticator.onChange({ headers: { authorization: `Bearer ${key}` } } as FastifyRequest, () =>
        told.push(name),
      );
    const forget = async () => {
      authenticator.forget(hashApiKey('key'));
      await jest.advanceTimersByTimeAsync(0);
    };
    const [first, second] = [listen('first', 'key'), listen('second', 'key')];
    listen('another', 'other');
    // It was made just now.
    await forget();
    expect(told).toEqual([]);
    known.set(hashApiKey('key'), { ...principal, expiresAt: new Date(Date.now() + 1_000) });
    await forget();
    second();
    known.clear();
    await forget();
    first();
    await forget();
    expect(told).toEqual(['first', 'second', 'first']);
  });

  it('tells of uses of valid keys alone', async () => {
    const note = jest.spyOn(uses, 'note');
    await Promise.all([ask('key'), ask('wrong')]);
    expect(note.mock.calls.map(([keyId]) => keyId)).toEqual(['k']);
  });

  it('keeps a queue that one address fills open for others', async () => {
    const { promise, resolve } = deferred();
    before = promise;
    const guesses = Array.from({ length: 2_000 }, (_, n) => ask(`wrong-${n}`));
    const other = ask('key', '192.0.2.2');
    resolve();
    expect(await other).toEqual(principal);
    const answers = await Promise.allSettled(guesses);
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(1_000);
    for (const each of refused) expect(each).toMatchObject({ reason: { refusal: 'tenant' } });
  });

  it('answers more keys than it remembers, each of them', async () => {
    const keys = Array.from({ length: 20_500 }, (_, n) => `key-${n}`);
    for (const key of keys) known.set(hashApiKey(key), principal);
    for (let round = 0; round < 2; round++) for (const key of keys) expect(await ask(key)).toBe(principal);
  });

  it('trusts what it knew while the store is away, and nobody else', async () => {
    await ask('key');
    away = true;
    jest.advanceTimersByTime(3_500_000);
    expect(await ask('key')).toEqual(principal);
    expect(await ask('key')).toEqual(principal);
    expect(lookups).toBe(2);
    await expect(ask('unseen')).rejects.toThrow('away');
    jest.advanceTimersByTime(200_000);
    await expect(ask('key')).rejects.toThrow('away');
  });
});

it('makes keys that cannot be guessed', () => {
  const keys = Array.from({ length: 100 }, makeApiKey);
  expect(new Set(keys).size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^os_[\w-]{43}$/);
});
