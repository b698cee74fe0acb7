import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { deferred } from '#libs/kernel/testing';
import { loadSettings } from '../../settings/settings.js';
import { ApiKeyAuthenticator } from '../api-key-authenticator.js';
import { ApiKeyUses } from '../api-key-uses.js';
import type { Principal } from '../caller.js';
import { ALL_OF_A_TENANT, type Scope } from '../scopes.js';
import { SessionAuthenticator } from './session-authenticator.js';
import { hashSessionToken, makeSessionToken, type StoredSession } from './sessions.js';

beforeAll(() => Logger.overrideLogger(false));

const address = () => '127.0.0.1';
const HOUR_MS = 3_600_000;
const key: Principal = { actor: 'k', tenant: 'acme', scopes: new Set<Scope>(['orders:read']) };

describe('the authenticator of sessions', () => {
  const token = makeSessionToken();
  const hash = hashSessionToken(token);
  let stored: Map<string, StoredSession>;
  let keys: Map<string, Principal>;
  let asked: number;
  let noted: string[][];
  let isAway: boolean;
  let held: Promise<void>;
  let keyAuthenticator: ApiKeyAuthenticator;
  let sessions: SessionAuthenticator;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    stored = new Map();
    keys = new Map([['key-hash', key]]);
    asked = 0;
    noted = [];
    isAway = false;
    held = Promise.resolve();
    const keyStore = {
      findByHashes: async (hashes: readonly string[]) =>
        new Map([...keys].filter(([of]) => hashes.includes(of))),
      noteUse: async () => undefined,
    };
    const store = {
      findByHashes: async (hashes: readonly string[]) => {
        asked++;
        if (isAway) throw new Error('away');
        const found = new Map([...stored].filter(([of]) => hashes.includes(of)));
        await held;
        return found;
      },
      noteUse: async (hashes: readonly string[]) => void noted.push([...hashes]),
    };
    const settings = loadSettings({ API_KEY_CACHE_MS: '3600000' });
    keyAuthenticator = new ApiKeyAuthenticator(keyStore, settings, new ApiKeyUses(keyStore));
    sessions = new SessionAuthenticator(store, settings, keyAuthenticator);
  });
  afterEach(() => jest.useRealTimers());

  function store(session: Partial<StoredSession> = {}): void {
    const endsAt = new Date(Date.now() + HOUR_MS);
    const defaults = {
      kind: 'api-key',
      tenant: 'acme',
      actor: 'k',
      scopes: [],
      keyHash: 'key-hash',
    } as const;
    stored.set(hash, { ...defaults, hash, subscriptionId: null, endsAt, ...session });
  }
  const find = () => sessions.principalOf(token, address);

  it.each([
    ['api-key', key.scopes],
    ['development-key', new Set(['stock:read', 'operator'])],
    ['portal', new Set(['stock:read', 'operator'])],
  ] as const)('gives a session of kind %s the scopes that it should have', async (kind, scopes) => {
    store({ kind, scopes: ['stock:read', 'operator'] });
    const principal = await find();
    expect(principal?.scopes).toEqual(scopes);
    expect(principal).toMatchObject({
      actor: 'k',
      tenant: 'acme',
      actorKind: kind === 'portal' ? 'portal' : 'session',
      session: { kind, hash, keyHash: 'key-hash' },
    });
  });

  it('has it end with its key at the latest, and not live without it', async () => {
    const expiresAt = new Date(Date.now() + 1_000);
    keys.set('key-hash', { ...key, expiresAt });
    store();
    expect((await find())?.expiresAt).toEqual(expiresAt);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await find()).toBeUndefined();
    keys.clear();
    keyAuthenticator.forget('key-hash');
    expect(await find()).toBeUndefined();
  });

  it('needs no key for one of an access token', async () => {
    keys.clear();
    store({ kind: 'oidc', keyHash: null, scopes: ['orders:read', 'unknown'] });
    expect((await find())?.scopes).toEqual(new Set(['orders:read']));
  });

  it('asks once a minute, and not for what cannot be a session', async () => {
    store({ scopes: [...ALL_OF_A_TENANT] });
    await find();
    await jest.advanceTimersByTimeAsync(59_000);
    await find();
    expect(asked).toBe(1);
    await jest.advanceTimersByTimeAsync(1_001);
    await find();
    expect(asked).toBe(2);
    expect(await sessions.principalOf('short', address)).toBeUndefined();
    expect(asked).toBe(2);
  });

  it('forgets one that has ended, also while it is being looked up', async () => {
    store();
    await find();
    stored.clear();
    sessions.forget(hash);
    expect(await find()).toBeUndefined();
    store();
    const { promise, resolve } = deferred();
    held = promise;
    const overtaken = find();
    await new Promise((next) => setImmediate(next));
    stored.clear();
    sessions.forget(hash);
    resolve();
    expect(await overtaken).toBeDefined();
    expect(await find()).toBeUndefined();
  });

  it('trusts none that may have ended while notices were missed, or the store is away', async () => {
    store();
    await find();
    isAway = true;
    expect(await find()).toBeDefined();
    sessions.forgetAll();
    await expect(find()).rejects.toThrow('away');
  });

  it('tells the store of uses, together', async () => {
    store();
    sessions.onApplicationBootstrap();
    for (let n = 0; n < 3; n++) await find();
    await jest.advanceTimersByTimeAsync(15_000);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(noted).toEqual([[hash]]);
    await sessions.beforeApplicationShutdown();
  });
});
