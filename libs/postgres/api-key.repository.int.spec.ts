import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '#libs/kernel';
import { ALL_OF_A_TENANT, hashApiKey } from '#libs/platform';
import { useDatabase } from '#libs/testing';
import { ApiKeyChanges } from './api-key-changes.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { DatabaseNotices } from './database-notices.js';

const DAY_MS = 86_400_000;

const { url, prisma } = await useDatabase();
const keys = new ApiKeyRepository(prisma);

const find = async (key: string) => (await keys.findByHashes([hashApiKey(key)])).get(hashApiKey(key));
const listed = async (keyId: string) => (await keys.list()).find((key) => key.keyId === keyId)!;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

describe('an API key', () => {
  it('may do everything of its tenant, for ever, unless it was made otherwise', async () => {
    const { key, keyId } = await keys.create({ tenant: 'acme', name: 'shop' });
    expect(await find(key)).toEqual({ actor: keyId, tenant: 'acme', scopes: ALL_OF_A_TENANT });
    const expiresAt = inDays(90);
    const narrow = await keys.create({ tenant: 'acme', name: 'x', scopes: ['orders:read'], expiresAt });
    expect(await find(narrow.key)).toMatchObject({ scopes: new Set(['orders:read']), expiresAt });
  });

  it('from before keys had scopes may do what it could', async () => {
    await prisma.$executeRaw`
      insert into api_key (id, tenant, name, hash) values (${newId()}::uuid, 'acme', 'old', ${hashApiKey('old')})`;
    expect(await find('old')).toMatchObject({ tenant: 'acme', scopes: ALL_OF_A_TENANT });
  });

  it('is listed without its secret, of one tenant or of all', async () => {
    const { key, keyId } = await keys.create({ tenant: 'listed', name: 'a' });
    await keys.create({ tenant: 'other', name: 'b' });
    const of = await keys.list('listed');
    expect(of).toEqual([
      {
        keyId,
        tenant: 'listed',
        name: 'a',
        scopes: ['*'],
        createdAt: expect.any(Date) as Date,
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
        replacedBy: null,
      },
    ]);
    expect(JSON.stringify(of)).not.toContain(hashApiKey(key));
    expect((await keys.list()).length).toBeGreaterThan(of.length);
  });

  it('that is revoked is unknown, and revoked once', async () => {
    const { key, keyId } = await keys.create({ tenant: 'acme', name: 'x' });
    expect([await keys.revoke(keyId), await keys.revoke(keyId), await keys.revoke(newId())]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await find(key)).toBeUndefined();
  });
});

describe('a rotated key', () => {
  it('is followed by one of the same tenant, name, scopes and lifetime, and expires after the overlap', async () => {
    const scopes = ['orders:read', 'operator'];
    const old = await keys.create({ tenant: 'acme', name: 'x', scopes, expiresAt: inDays(90) });
    const made = await keys.rotate(old.keyId, DAY_MS);
    expect(await find(made!.key)).toMatchObject({ tenant: 'acme', scopes: new Set(scopes) });
    const [before, after] = [await listed(old.keyId), await listed(made!.keyId)];
    expect(after).toMatchObject({ name: 'x', scopes, replacedBy: null });
    expect(before.replacedBy).toBe(made!.keyId);
    expect(before.expiresAt!.getTime() - Date.now()).toBeLessThanOrEqual(DAY_MS);
    const lifetime = after.expiresAt!.getTime() - after.createdAt.getTime();
    expect(Math.abs(lifetime - 90 * DAY_MS)).toBeLessThan(60_000);
  });

  it('does not live longer for it, and has a successor without an end if it had none', async () => {
    const end = inDays(0.5);
    const ending = await keys.create({ tenant: 'acme', name: 'x', expiresAt: end });
    await keys.rotate(ending.keyId, DAY_MS);
    expect((await listed(ending.keyId)).expiresAt).toEqual(end);
    const endless = await keys.create({ tenant: 'acme', name: 'x' });
    expect((await keys.rotate(endless.keyId, 0))!.expiresAt).toBeNull();
  });

  it('is rotated once, also by several at a time; one that is revoked or expired is not', async () => {
    const { keyId } = await keys.create({ tenant: 'acme', name: 'x' });
    const made = await Promise.all([1, 2, 3].map(() => keys.rotate(keyId, DAY_MS)));
    expect(made.filter(Boolean)).toHaveLength(1);
    const revoked = await keys.create({ tenant: 'acme', name: 'x' });
    await keys.revoke(revoked.keyId);
    const expired = await keys.create({ tenant: 'acme', name: 'x', expiresAt: inDays(-1) });
    for (const gone of [revoked.keyId, expired.keyId, newId()])
      expect(await keys.rotate(gone, DAY_MS)).toBeUndefined();
  });
});

describe('the last use of keys', () => {
  it('is written for many at once, at most once a minute each, whatever process tells first', async () => {
    const made = await Promise.all([1, 2].map(() => keys.create({ tenant: 'acme', name: 'x' })));
    const note = (at: Date) => keys.noteUse(new Map(made.map(({ keyId }) => [keyId, at])));
    const lastUses = async () =>
      (await Promise.all(made.map(({ keyId }) => listed(keyId)))).map((key) => key.lastUsedAt);
    const first = new Date('2026-01-01T00:00:00Z');
    await note(first);
    await note(new Date(first.getTime() + 59_999));
    await note(new Date(first.getTime() - 1));
    expect(await lastUses()).toEqual([first, first]);
    const later = new Date(first.getTime() + 60_000);
    await note(later);
    expect(await lastUses()).toEqual([later, later]);
  });

  it('works for ten thousand, of which some are gone, told by two processes at once in any order', async () => {
    await prisma.$executeRaw`
      insert into api_key (id, tenant, name, hash)
      select gen_random_uuid(), 'many', 'x', 'many-' || n from generate_series(1, 10000) n`;
    const ids = (await keys.list('many')).map(({ keyId }) => keyId);
    const note = (used: readonly string[]) => keys.noteUse(new Map(used.map((keyId) => [keyId, new Date()])));
    await Promise.all([note([...ids, newId()]), note(ids.toReversed())]);
    expect((await keys.list('many')).filter(({ lastUsedAt }) => lastUsedAt === null)).toEqual([]);
  });
});

describe('a process', () => {
  it('hears of each change of a key after it is committed, and forgets no key when it reconnects', async () => {
    const forgotten: string[] = [];
    const notices = new DatabaseNotices({ url, timeoutMs: 5_000 });
    new ApiKeyChanges(notices, { forget: (hash) => void forgotten.push(hash) }).onModuleInit();
    notices.onApplicationBootstrap();
    const heard = async (...changed: string[]) => {
      while (changed.some((key) => !forgotten.includes(hashApiKey(key)))) await sleep(10);
      expect(forgotten.splice(0).toSorted()).toEqual(changed.map(hashApiKey).toSorted());
    };
    try {
      while (!notices.isListening) await sleep(10);
      const { key, keyId } = await keys.create({ tenant: 'acme', name: 'x' });
      await heard(key);
      const next = await keys.rotate(keyId, DAY_MS);
      await heard(key, next!.key);
      await prisma.$executeRaw`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'orderstream notices' and datname = current_database()`;
      while (notices.isListening) await sleep(10);
      while (!notices.isListening) await sleep(10);
      expect(forgotten).toEqual([]);
      await keys.revoke(next!.keyId);
      await heard(next!.key);
    } finally {
      await notices.onApplicationShutdown();
    }
  });
});
