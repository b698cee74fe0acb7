import { Inject, Injectable } from '@nestjs/common';
import { formatInstant, type Instant } from '#libs/kernel';
import { type FoundPage, type ListedApiKey, type PooledPrisma, PrismaService } from '#libs/postgres';

export interface ApiKeyQuery {
  readonly limit: number;
  /** Default: keys of all tenants. */
  readonly tenant?: string | undefined;
  /** The last key of the page before. */
  readonly after?: { readonly createdAt: Instant; readonly key: string } | undefined;
}

/** Lists API keys for operators. Neither keys nor their hashes leave the database. */
@Injectable()
export class ApiKeyDirectory {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Newest first. */
  async findPage({ limit, tenant, after }: ApiKeyQuery): Promise<FoundPage<ListedApiKey>> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = ['true'];
    if (tenant !== undefined) conditions.push(`tenant = ${value(tenant)}`);
    if (after)
      conditions.push(
        `(created_at, id) < (${value(formatInstant(after.createdAt))}::timestamptz, ${value(after.key)}::uuid)`,
      );
    const { rows } = await this.prisma.pool.query<ListedApiKey>(
      `select id as "keyId", tenant, name, scopes, created_at as "createdAt", expires_at as "expiresAt",
         last_used_at as "lastUsedAt", revoked_at as "revokedAt", replaced_by as "replacedBy"
       from api_key where ${conditions.join(' and ')}
       order by created_at desc, id desc limit ${value(limit + 1)}`,
      values,
    );
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }
}
