import { Inject, Injectable } from '@nestjs/common';
import { newId } from '#libs/kernel';
import {
  type ApiKeyStore,
  EVERY_TENANT_SCOPE,
  hashApiKey,
  makeApiKey,
  type Principal,
  scopeSetOf,
} from '#libs/platform';
import { notify } from './database-notices.js';
import { PrismaService } from './prisma.service.js';
import { type Prisma, type PrismaClient } from './generated/client.js';
import { arrayLiteral } from './statements.js';

/** Where processes hear of a changed key. The payload is its hash. */
export const API_KEY_CHANNEL = 'orderstream_api_key';

interface NewApiKey {
  readonly tenant: string;
  readonly name: string;
  /** Names of scopes, or {@link EVERY_TENANT_SCOPE}. */
  readonly scopes?: readonly string[];
  readonly expiresAt?: Date | null;
}

/** The key itself is shown only once: the database keeps its hash. */
export interface MadeApiKey {
  readonly keyId: string;
  readonly key: string;
  readonly tenant: string;
  readonly expiresAt: Date | null;
}

export interface ListedApiKey {
  readonly keyId: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly replacedBy: string | null;
}

type Transaction = Prisma.TransactionClient;

/** Records a change of a key in the transaction that makes it. */
export type RecordKeyChange = (
  transaction: Transaction,
  key: { readonly keyId: string; readonly tenant: string },
) => Promise<void>;

const unrecorded: RecordKeyChange = async () => undefined;

@Injectable()
export class ApiKeyRepository implements ApiKeyStore {
  constructor(
    @Inject(PrismaService)
    private readonly prisma: Pick<PrismaClient, 'apiKey' | '$transaction' | '$executeRaw'>,
  ) {}

  async findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const where = { hash: { in: [...hashes] }, revokedAt: null };
    const select = { hash: true, id: true, tenant: true, scopes: true, expiresAt: true };
    const rows = await this.prisma.apiKey.findMany({ where, select });
    return new Map(
      rows.map(({ hash, id, tenant, scopes, expiresAt }) => [
        hash,
        { actor: id, tenant, scopes: scopeSetOf(scopes), ...(expiresAt && { expiresAt }) },
      ]),
    );
  }

  /**
   * In one statement, and only where a minute has passed: several processes may tell of the same key. What another one writes
   * just now is left to it, because waiting for each other's keys could be a deadlock.
   */
  async noteUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    const ids = arrayLiteral(uses.keys());
    const times = arrayLiteral(Array.from(uses.values(), (at) => at.toISOString()));
    await this.prisma.$executeRaw`
      update api_key set last_used_at = due.at
      from (
        select id, at
        from api_key join unnest(${ids}::uuid[], ${times}::timestamptz[]) as used (id, at) using (id)
        where last_used_at is null or last_used_at <= at - interval '1 minute'
        for update of api_key skip locked
      ) as due
      where api_key.id = due.id`;
  }

  create(key: NewApiKey, record = unrecorded): Promise<MadeApiKey> {
    return this.prisma.$transaction(async (tx) => {
      const made = await insert(tx, key);
      await record(tx, made);
      return made;
    });
  }

  /** @param tenant only its keys; by default, all */
  async list(tenant?: string): Promise<ListedApiKey[]> {
    const rows = await this.prisma.apiKey.findMany({
      ...(tenant !== undefined && { where: { tenant } }),
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      omit: { hash: true },
    });
    return rows.map(({ id, ...row }) => ({ keyId: id, ...row }));
  }

  /**
   * Makes a key of the same tenant, name and scopes, and lets the old one expire. The new key lives as long as the old one
   * was made for.
   * @param overlapMs how long both are valid, if the old one does not expire before
   * @returns `undefined` unless there is a valid key with this id that was not rotated before
   */
  rotate(
    keyId: string,
    overlapMs: number,
    recordOld = unrecorded,
    recordNew = unrecorded,
  ): Promise<MadeApiKey | undefined> {
    return this.prisma.$transaction(async (tx) => {
      const now = new Date();
      const end = new Date(now.getTime() + overlapMs);
      const newKeyId = newId();
      // Locks the row: of two rotations at once, one finds nothing.
      const { count } = await tx.apiKey.updateMany({
        where: { id: keyId, replacedBy: null, ...validAt(now) },
        data: { replacedBy: newKeyId },
      });
      if (count === 0) return undefined;
      const old = await tx.apiKey.findUniqueOrThrow({ where: { id: keyId } });
      const made = await insert(tx, { ...old, expiresAt: sameLifetime(old, now) }, newKeyId);
      const expiresAt = old.expiresAt && old.expiresAt < end ? old.expiresAt : end;
      await tx.apiKey.update({ where: { id: keyId }, data: { expiresAt } });
      await notify(tx, API_KEY_CHANNEL, old.hash);
      await recordOld(tx, { keyId, tenant: old.tenant });
      await recordNew(tx, made);
      return made;
    });
  }

  /** @returns whether the key existed and was not yet revoked. */
  revoke(keyId: string, record = unrecorded): Promise<boolean> {
    return this.prisma.$transaction(async (tx) => {
      const revoked = await tx.apiKey.updateManyAndReturn({
        where: { id: keyId, revokedAt: null },
        data: { revokedAt: new Date() },
      });
      for (const { id, tenant, hash } of revoked) {
        await notify(tx, API_KEY_CHANNEL, hash);
        await record(tx, { keyId: id, tenant });
      }
      return revoked.length > 0;
    });
  }
}

const validAt = (now: Date) => ({
  revokedAt: null,
  OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
});

const sameLifetime = (
  { createdAt, expiresAt }: { readonly createdAt: Date; readonly expiresAt: Date | null },
  now: Date,
): Date | null => expiresAt && new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime());

async function insert(
  tx: Transaction,
  { tenant, name, scopes = [EVERY_TENANT_SCOPE], expiresAt = null }: NewApiKey,
  id = newId(),
): Promise<MadeApiKey> {
  const key = makeApiKey();
  const hash = hashApiKey(key);
  await tx.apiKey.create({
    data: { id, tenant, name, hash, scopes: [...scopes], expiresAt },
  });
  // A process may have been asked for it before, and remember that there was none.
  await notify(tx, API_KEY_CHANNEL, hash);
  return { keyId: id, key, tenant, expiresAt };
}
