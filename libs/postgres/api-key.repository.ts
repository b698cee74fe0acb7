import { Inject, Injectable } from '@nestjs/common';
import { newId } from '#libs/kernel';
import { ALL_OF_A_TENANT, type ApiKeyStore, hashApiKey, makeApiKey, type Principal } from '#libs/platform';
import { PrismaService } from './prisma.service.js';
import type { PrismaClient } from './generated/client.js';

@Injectable()
export class ApiKeyRepository implements ApiKeyStore {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PrismaClient, 'apiKey'>) {}

  async findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const where = { hash: { in: [...hashes] }, revokedAt: null };
    const rows = await this.prisma.apiKey.findMany({ where });
    return new Map(
      rows.map(({ hash, id, tenant }) => [hash, { actor: id, tenant, scopes: ALL_OF_A_TENANT }]),
    );
  }

  /** @returns the key itself, which is shown only once: the database keeps its hash. */
  async create(tenant: string, name: string): Promise<{ keyId: string; key: string }> {
    const key = makeApiKey();
    const { id } = await this.prisma.apiKey.create({
      data: { id: newId(), tenant, name, hash: hashApiKey(key) },
    });
    return { keyId: id, key };
  }

  async list(): Promise<
    { keyId: string; tenant: string; name: string; createdAt: Date; revokedAt: Date | null }[]
  > {
    const rows = await this.prisma.apiKey.findMany({ orderBy: { createdAt: 'asc' } });
    return rows.map(({ id, hash: _, ...row }) => ({ keyId: id, ...row }));
  }

  /** @returns whether the key existed and was not yet revoked. */
  async revoke(keyId: string): Promise<boolean> {
    const { count } = await this.prisma.apiKey.updateMany({
      where: { id: keyId, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    return count > 0;
  }
}
