import { Injectable } from '@nestjs/common';
import { formatInstant, type Instant, type Stream } from '#libs/kernel';
import type { OrderState, OrderStatus } from '#libs/orders';
import { type FoundPage, PrismaService } from '#libs/postgres';
import { streamOf, streamPage } from '../../postgres/stream-row.js';

export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  readonly createdFrom?: Instant | undefined;
  readonly createdTo?: Instant | undefined;
}

/** The last order of a page; the next page starts below it. */
export interface OrderPageEnd {
  readonly createdAt: Instant;
  readonly orderId: string;
}

/** Reads the current state of one tenant's orders. */
@Injectable()
export class OrderReadRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findOne(tenant: string, orderId: string): Promise<Stream<OrderState> | undefined> {
    const row = await this.prisma.order.findFirst({ where: { tenant, orderId } });
    return row ? streamOf<OrderState>(row) : undefined;
  }

  /** Newest first. */
  async findPage(
    tenant: string,
    { status, customerId, createdFrom, createdTo }: OrderFilter,
    limit: number,
    after: OrderPageEnd | undefined,
  ): Promise<FoundPage<Stream<OrderState>>> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    // An index serves each combination of these conditions.
    const conditions = [
      `tenant = ${value(tenant)}`,
      status !== undefined && `status = ${value(status)}`,
      customerId !== undefined && `customer_id = ${value(customerId)}`,
      createdFrom !== undefined && `created_at >= ${value(formatInstant(createdFrom))}`,
      createdTo !== undefined && `created_at < ${value(formatInstant(createdTo))}`,
      after &&
        `(created_at, order_id) < (${value(formatInstant(after.createdAt))}, ${value(after.orderId)}::uuid)`,
    ];
    const text = `select $columns from "order" where ${conditions.filter(Boolean).join(' and ')}
      order by created_at desc, order_id desc limit ${value(limit + 1)}`;
    return streamPage<OrderState>(this.prisma.pool, { text, values, limit });
  }
}
