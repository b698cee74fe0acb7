import { Inject, Injectable } from '@nestjs/common';
import { type FoundPage, type PooledPrisma, PrismaService } from '#libs/postgres';

export interface KnownTenant {
  readonly tenant: string;
  /** Keys that are neither revoked nor expired. */
  readonly validKeys: number;
  /** Whether some limits are its own. */
  readonly hasOwnLimits: boolean;
}

/** Tables with an index that begins with the tenant. */
const TABLES = ['api_key', 'tenant_limit', '"order"', 'webhook_subscription', 'stock_item', 'cart'];

/** Goes from name to name by the index of each table: the work depends on the number of tenants, not on that of rows. */
const NAMES = `
  with recursive ${TABLES.map(
    (table, n) => `
    seen_${n} as (
      (select tenant from ${table} where tenant > $1 order by tenant limit 1)
      union all
      select (select tenant from ${table} where tenant > seen_${n}.tenant order by tenant limit 1)
      from seen_${n} where seen_${n}.tenant is not null
    )`,
  ).join(',')}
  select tenant from (
    ${TABLES.map((_, n) => `(select tenant from seen_${n} where tenant is not null limit $2)`).join(' union ')}
  ) as name order by tenant limit $2`;

const PAGE = `
  select name.tenant, (
      select count(*)::int from api_key
      where api_key.tenant = name.tenant and revoked_at is null and (expires_at is null or expires_at > now())
    ) as "validKeys",
    exists (select from tenant_limit where tenant_limit.tenant = name.tenant) as "hasOwnLimits"
  from (${NAMES}) as name order by name.tenant`;

/** The tenants that have keys, limits, orders, subscriptions, stock or carts: there is no list of tenants. */
@Injectable()
export class TenantDirectory {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** In the order of the database. @param after the last tenant of the page before */
  async findPage(limit: number, after = ''): Promise<FoundPage<KnownTenant>> {
    const { rows } = await this.prisma.pool.query<KnownTenant>(PAGE, [after, limit + 1]);
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  /** The first names. */
  async names(limit: number): Promise<string[]> {
    const { rows } = await this.prisma.pool.query<{ tenant: string }>(NAMES, ['', limit]);
    return rows.map(({ tenant }) => tenant);
  }
}
