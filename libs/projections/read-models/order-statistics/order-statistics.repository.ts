import { Injectable } from '@nestjs/common';
import { formatInstant, type Instant } from '#libs/kernel';
import type { OrderStatus } from '#libs/orders';
import { PrismaService } from '#libs/postgres';

export type StatisticsPeriod = 'hour' | 'day';

export interface StatisticsRange {
  readonly by: StatisticsPeriod;
  /** Start of the first period. */
  readonly from: Instant;
  /** End of the last period, exclusive. */
  readonly to: Instant;
}

/** The orders of one status and currency that were created in a period. */
export interface OrderCount {
  /** Start of the period, RFC 3339 in UTC. */
  readonly period: string;
  readonly status: OrderStatus;
  readonly currency: string;
  readonly orders: number;
  /** Minor units. Exact up to 2^53. */
  readonly revenue: number;
}

/** Sums up partitions, and drops statuses that no order has any more. */
const COUNTS = `
  select date_trunc($4::text, hour, 'UTC') as period, status, currency,
    sum(orders)::float8 as orders, sum(revenue)::float8 as revenue
  from order_statistics
  where tenant = $1 and hour >= $2 and hour < $3
  group by 1, 2, 3
  having sum(orders) > 0
  order by 1, currency collate "C", status collate "C"`;

/** Counts one tenant's orders and their revenue. */
@Injectable()
export class OrderStatisticsRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Ordered by period, currency and status. Combinations without orders are left out. */
  async count(tenant: string, { by, from, to }: StatisticsRange): Promise<OrderCount[]> {
    const { rows } = await this.prisma.pool.query<Omit<OrderCount, 'period'> & { period: Date }>(COUNTS, [
      tenant,
      formatInstant(from),
      formatInstant(to),
      by,
    ]);
    return rows.map(({ period, ...count }) => ({ period: period.toISOString(), ...count }));
  }
}
