import { Injectable } from '@nestjs/common';
import type { Stream } from '#libs/kernel';
import type { OrderState, OrderStatus } from '#libs/orders';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/client.js';
import { streamOf } from '../projections/stream-row.js';

export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}

/** Where a page ends: the next one begins below it. */
export interface OrderPageEnd {
  readonly createdAt: string;
  readonly orderId: string;
}

/** Queries of the present state of orders, always of one tenant. */
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
  ): Promise<Stream<OrderState>[]> {
    const where: Prisma.OrderWhereInput = {
      tenant,
      ...(status !== undefined && { status }),
      ...(customerId !== undefined && { customerId }),
      createdAt: {
        ...(createdFrom !== undefined && { gte: new Date(createdFrom) }),
        ...(createdTo !== undefined && { lt: new Date(createdTo) }),
      },
      ...(after && {
        OR: [
          { createdAt: { lt: new Date(after.createdAt) } },
          { createdAt: new Date(after.createdAt), orderId: { lt: after.orderId } },
        ],
      }),
    };
    const rows = await this.prisma.order.findMany({
      where,
      orderBy: [{ createdAt: 'desc' }, { orderId: 'desc' }],
      take: limit,
    });
    return rows.map((row) => streamOf<OrderState>(row));
  }
}
