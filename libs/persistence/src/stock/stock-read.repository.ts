import { Injectable } from '@nestjs/common';
import type { StockItem } from '#libs/inventory';
import type { Stream } from '#libs/kernel';
import { PrismaService } from '../database/prisma.service.js';
import { streamOf } from '../projections/stream-row.js';

/** Queries of the stock read model, always of one tenant. */
@Injectable()
export class StockReadRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findOne(tenant: string, sku: string): Promise<Stream<StockItem> | undefined> {
    const row = await this.prisma.stockItem.findUnique({ where: { tenant_sku: { tenant, sku } } });
    return row ? streamOf<StockItem>(row) : undefined;
  }

  /** By sku, in the order of code points. */
  async findPage(tenant: string, limit: number, afterSku: string | undefined): Promise<Stream<StockItem>[]> {
    const rows = await this.prisma.stockItem.findMany({
      where: { tenant, ...(afterSku !== undefined && { sku: { gt: afterSku } }) },
      orderBy: { sku: 'asc' },
      take: limit,
    });
    return rows.map((row) => streamOf<StockItem>(row));
  }
}
