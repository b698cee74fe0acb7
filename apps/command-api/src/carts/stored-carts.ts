import { Injectable } from '@nestjs/common';
import type { CartQuota } from '#libs/carts';
import { TenantQuotas } from '#libs/platform';
import { isDatabaseOutage, PrismaService } from '#libs/postgres';

/** Counts the carts of tenants whose number is limited. */
@Injectable()
export class StoredCarts {
  constructor(
    private readonly quotas: TenantQuotas,
    private readonly prisma: PrismaService,
  ) {}

  /** `undefined` without a limit. Nor is there one while the database is away: carts are taken then, as orders are. */
  async quotaOf(tenant: string): Promise<CartQuota | undefined> {
    const { storedCarts: limit } = this.quotas.of(tenant);
    if (limit === undefined) return undefined;
    try {
      return { existing: await this.#count(tenant, limit), limit };
    } catch (error) {
      if (isDatabaseOutage(error)) return undefined;
      throw error;
    }
  }

  /** Those that are not checked out, as far as they are projected; no more are counted than matter. */
  async #count(tenant: string, limit: number): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ carts: bigint }[]>`
      select count(*) as carts
      from (select from cart where tenant = ${tenant} and status <> 'checked-out' limit ${limit}) counted`;
    return Number(row?.carts ?? 0);
  }
}
