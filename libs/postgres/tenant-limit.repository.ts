import { Inject, Injectable } from '@nestjs/common';
import {
  LIMIT_NAMES,
  type LimitName,
  MOST_TENANTS_WITH_LIMITS,
  type OwnLimits,
  TENANT_LIMITS,
  type TenantLimitStore,
} from '#libs/platform';
import { DatabaseNotices, notify } from './database-notices.js';
import type { PrismaClient } from './generated/client.js';
import { PrismaService } from './prisma.service.js';

const CHANNEL = 'orderstream_tenant_limit';

/** Limits to set; `null` for those that the setting decides again. */
export type LimitChanges = { readonly [Name in LimitName]?: number | null };

type Row = Readonly<Record<LimitName, number | null>> & { readonly tenant: string };

/** The limits that tenants have of their own. A change and its notice are one transaction. */
@Injectable()
export class TenantLimitRepository implements TenantLimitStore {
  constructor(
    @Inject(PrismaService) private readonly prisma: PrismaClient,
    @Inject(DatabaseNotices) private readonly notices?: Pick<DatabaseNotices, 'listen'>,
  ) {}

  onChange(listener: () => void): void {
    this.notices?.listen(CHANNEL, listener);
  }

  async all(): Promise<ReadonlyMap<string, OwnLimits>> {
    const rows = await this.prisma.tenantLimit.findMany({
      orderBy: { tenant: 'asc' },
      take: MOST_TENANTS_WITH_LIMITS,
    });
    return new Map(rows.map((row) => [row.tenant, ownLimits(row)]));
  }

  async of(tenant: string): Promise<OwnLimits> {
    const row = await this.prisma.tenantLimit.findUnique({ where: { tenant } });
    return row ? ownLimits(row) : {};
  }

  /** @throws if too many tenants would have limits of their own */
  async change(tenant: string, changes: LimitChanges): Promise<OwnLimits> {
    return this.prisma.$transaction(async (transaction) => {
      const row = await transaction.tenantLimit.upsert({
        where: { tenant },
        create: { tenant, ...changes },
        update: changes,
      });
      const own = ownLimits(row);
      if (Object.keys(own).length === 0) await transaction.tenantLimit.delete({ where: { tenant } });
      else if ((await transaction.tenantLimit.count()) > MOST_TENANTS_WITH_LIMITS)
        throw new Error(`at most ${MOST_TENANTS_WITH_LIMITS} tenants can have limits of their own`);
      await notify(transaction, CHANNEL);
      return own;
    });
  }
}

/** Rows may have been written by hand: a number that is none of a limit must not stop what asks for it. */
const ownLimits = (row: Row): OwnLimits =>
  Object.fromEntries(
    LIMIT_NAMES.flatMap((name) => {
      const value = row[name];
      return value === null ? [] : [[name, Math.min(Math.max(1, value), TENANT_LIMITS[name].most)]];
    }),
  );
