import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSessionToken, makeSessionToken, type StoredSession } from '#libs/platform';
import { useDatabase } from '#libs/testing';
import { ApiKeyRepository } from './api-key.repository.js';
import { DatabaseNotices } from './database-notices.js';
import { PortalLinkRepository } from './portal-link.repository.js';
import { SessionChanges } from './session-changes.js';
import { SessionRepository } from './session.repository.js';

const { url, prisma } = await useDatabase();
const sessions = new SessionRepository(prisma);
const links = new PortalLinkRepository(prisma);

const inMs = (ms: number) => new Date(Date.now() + ms);
const someSession = (session: Partial<StoredSession> = {}): StoredSession => ({
  hash: hashSessionToken(makeSessionToken()),
  kind: 'api-key',
  tenant: 'acme',
  actor: 'somebody',
  scopes: ['orders:read'],
  keyHash: 'key-hash',
  subscriptionId: null,
  endsAt: inMs(60_000),
  ...session,
});
const unrecorded = async () => undefined;
const found = async (...hashes: string[]) => [...(await sessions.findByHashes(hashes)).values()];

describe('sessions', () => {
  it('are found as they began, until they have ended or lain idle for an hour', async () => {
    const session = someSession({ kind: 'portal', subscriptionId: randomUUID() });
    await sessions.begin(session, unrecorded);
    expect(await found(session.hash, 'another')).toEqual([session]);
    for (const gone of [{ endsAt: inMs(-1) }, { seenAt: inMs(-3_600_001) }]) {
      const other = someSession();
      await sessions.begin(other, unrecorded);
      await prisma.session.update({ where: { hash: other.hash }, data: gone });
      expect(await found(other.hash)).toEqual([]);
    }
  });

  it('do not begin unless it is recorded', async () => {
    const session = someSession();
    const failing = sessions.begin(session, () => Promise.reject(new Error('no room')));
    await expect(failing).rejects.toThrow('no room');
    expect(await found(session.hash)).toEqual([]);
  });

  it('are a hundred of an actor at most, of which the oldest end', async () => {
    const actor = randomUUID();
    const made: string[] = [];
    for (let n = 0; n < 102; n++) {
      const session = someSession({ actor });
      made.push(session.hash);
      await sessions.begin(session, unrecorded);
      await prisma.$executeRaw`update session set created_at = now() - ${1_000 - n} * interval '1 second' where hash = ${session.hash}`;
    }
    const other = someSession({ actor, kind: 'portal' });
    await sessions.begin(other, unrecorded);
    expect((await found(...made)).map(({ hash }) => hash).toSorted()).toEqual(made.slice(2).toSorted());
    expect(await found(other.hash)).toHaveLength(1);
  });

  it('are noted as used once a minute', async () => {
    const session = someSession();
    await sessions.begin(session, unrecorded);
    const seen = async () =>
      (await prisma.session.findUniqueOrThrow({ where: { hash: session.hash } })).seenAt;
    const first = await seen();
    await sessions.noteUse([session.hash, 'another']);
    expect(await seen()).toEqual(first);
    await prisma.session.update({ where: { hash: session.hash }, data: { seenAt: inMs(-61_000) } });
    await sessions.noteUse([session.hash]);
    expect((await seen()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });

  it('and links that are over are deleted', async () => {
    const [over, lasting] = [someSession({ endsAt: inMs(-1) }), someSession()];
    for (const session of [over, lasting]) await sessions.begin(session, unrecorded);
    const link = { tenant: 'acme', actor: 'x', keyHash: null, subscriptionId: null, sessionMs: 1 };
    await links.add({ ...link, hash: 'over', expiresAt: inMs(-1) });
    await links.add({ ...link, hash: 'lasting', expiresAt: inMs(60_000) });
    await sessions.tidy();
    const left = await prisma.session.findMany({ where: { hash: { in: [over.hash, lasting.hash] } } });
    expect(left.map(({ hash }) => hash)).toEqual([lasting.hash]);
    expect((await prisma.portalLink.findMany()).map(({ hash }) => hash)).toEqual(['lasting']);
  });

  it('that end are told of to all processes, and when notices were missed all are forgotten', async () => {
    const forgotten: string[] = [];
    const notices = new DatabaseNotices({ url, timeoutMs: 5_000 });
    const authenticator = {
      forget: (hash: string) => void forgotten.push(hash),
      forgetAll: () => void forgotten.push('all'),
    };
    new SessionChanges(notices, authenticator, sessions).onModuleInit();
    notices.onApplicationBootstrap();
    try {
      while (!notices.isListening) await sleep(10);
      const session = someSession();
      await sessions.begin(session, unrecorded);
      await sessions.end(session.hash);
      while (forgotten.length < 2) await sleep(10);
      expect(forgotten).toEqual(['all', session.hash]);
      expect(await found(session.hash)).toEqual([]);
    } finally {
      await notices.onApplicationShutdown();
    }
  });
});

describe('a portal link', () => {
  const newLink = (link = {}) => ({
    hash: hashSessionToken(makeSessionToken()),
    tenant: 'acme',
    actor: 'maker',
    keyHash: null,
    subscriptionId: null,
    sessionMs: 60_000,
    expiresAt: inMs(60_000),
    ...link,
  });
  const open = (hash: string, record = unrecorded) =>
    links.open(
      hash,
      ({ sessionMs, ...link }) => someSession({ ...link, kind: 'portal', endsAt: inMs(sessionMs) }),
      () => record,
    );

  it('is opened by one of many, and by nobody once its time is over', async () => {
    const link = newLink({ subscriptionId: randomUUID() });
    expect(await links.add(link)).toBe(true);
    const opened = (await Promise.all(Array.from({ length: 5 }, () => open(link.hash)))).filter(Boolean);
    expect(opened).toHaveLength(1);
    expect(await found(opened[0]!.hash)).toEqual(opened);
    expect(opened[0]).toMatchObject({ tenant: 'acme', actor: 'maker', subscriptionId: link.subscriptionId });
    const late = newLink({ expiresAt: inMs(-1) });
    await links.add(late);
    expect([await open(late.hash), await open('unknown')]).toEqual([undefined, undefined]);
  });

  it('stays unused when its opening cannot be recorded', async () => {
    const link = newLink();
    await links.add(link);
    await expect(open(link.hash, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
    expect(await open(link.hash)).toBeDefined();
  });

  it('opens only while the key that made it is valid', async () => {
    const keys = new ApiKeyRepository(prisma);
    const { keyId } = await keys.create({ tenant: 'acme', name: 'x' });
    const { hash: keyHash } = await prisma.apiKey.findUniqueOrThrow({ where: { id: keyId } });
    const [before, after] = [newLink({ keyHash }), newLink({ keyHash })];
    for (const link of [before, after]) await links.add(link);
    expect(await open(before.hash)).toBeDefined();
    await keys.revoke(keyId);
    expect(await open(after.hash)).toBeUndefined();
  });

  it('is refused to whoever has a thousand that have not expired', async () => {
    await prisma.$executeRaw`
      insert into portal_link (hash, tenant, actor, session_ms, expires_at)
      select 'many-' || n, 'acme', 'greedy', 1, now() + interval '1 hour' from generate_series(1, 1000) n`;
    expect(await links.add(newLink({ actor: 'greedy' }))).toBe(false);
    await prisma.$executeRaw`update portal_link set expires_at = now() where hash = 'many-1'`;
    expect(await links.add(newLink({ actor: 'greedy' }))).toBe(true);
  });
});
