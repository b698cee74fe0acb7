import { Injectable } from '@nestjs/common';
import { type Act, ACT_AGGREGATE, type ActName, AUDIT_TENANT } from '#libs/audit/core';
import type { Instant, Stream } from '#libs/kernel';
import { type FoundPage, PrismaService } from '#libs/postgres';
import { StateTables } from '../../postgres/state-tables.js';
import { streamPage } from '../../postgres/stream-row.js';

export interface ActQuery {
  readonly limit: number;
  /** The last act of the page before. */
  readonly after?: { readonly at: Instant; readonly key: string } | undefined;
  /** The tenant that acts were done for. */
  readonly tenant?: string | undefined;
  readonly actor?: string | undefined;
  readonly act?: ActName | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/** Queries of the acts of all tenants. */
@Injectable()
export class AuditRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly tables: StateTables,
  ) {}

  findOne(actId: string): Promise<Stream<Act> | undefined> {
    return this.tables.findOne(ACT_AGGREGATE, AUDIT_TENANT, actId);
  }

  /** By the time at which they began, not at which they were recorded; newest first. */
  async findPage({ limit, after, tenant, actor, act, from, to }: ActQuery): Promise<FoundPage<Stream<Act>>> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = ['true'];
    if (tenant !== undefined) conditions.push(`for_tenant = ${value(tenant)}`);
    if (actor !== undefined) conditions.push(`actor = ${value(actor)}`);
    if (act !== undefined) conditions.push(`act = ${value(act)}`);
    if (from !== undefined) conditions.push(`acted_at >= ${value(from)}`);
    if (to !== undefined) conditions.push(`acted_at < ${value(to)}`);
    if (after) conditions.push(`(acted_at, act_id) < (${value(after.at)}, ${value(after.key)}::uuid)`);
    const text = `select $columns from audit_act where ${conditions.join(' and ')}
      order by acted_at desc, act_id desc limit ${value(limit + 1)}`;
    return streamPage<Act>(this.prisma.pool, { text, values, limit });
  }
}
