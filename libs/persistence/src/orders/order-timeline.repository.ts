import { Injectable } from '@nestjs/common';
import type { RecordToDecode } from '#libs/contracts';
import { ORDERS_TOPIC } from '#libs/projections';
import { PrismaService } from '../database/prisma.service.js';

/** The events of orders as the log has them, always of one tenant. */
@Injectable()
export class OrderTimelineRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** From a version on, in order. */
  async find(tenant: string, orderId: string, fromVersion: number, limit: number): Promise<RecordToDecode[]> {
    const rows = await this.prisma.orderTimeline.findMany({
      select: { partition: true, offset: true, value: true },
      where: { tenant, orderId, version: { gte: fromVersion } },
      orderBy: { version: 'asc' },
      take: limit,
    });
    return rows.map(({ partition, offset, value }) => ({
      topic: ORDERS_TOPIC,
      partition,
      offset: Number(offset),
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    }));
  }
}
