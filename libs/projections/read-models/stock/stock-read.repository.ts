import { Injectable } from '@nestjs/common';
import type { CountedStock } from '#libs/inventory';
import type { Stream } from '#libs/kernel';
import { type FoundPage, PrismaService } from '#libs/postgres';
import { streamOf, type StreamRow } from '../../postgres/stream-row.js';

/** Without the open reservations, of which there is no end. */
const COLUMNS = {
  tenant: true,
  version: true,
  createdAt: true,
  updatedAt: true,
  sku: true,
  onHand: true,
  reserved: true,
  lowAt: true,
} as const;

interface StockRow extends Omit<StreamRow, 'state'> {
  readonly sku: string;
  readonly onHand: bigint;
  readonly reserved: bigint;
  readonly lowAt: bigint | null;
}

/** Queries of the stock read model, always of one tenant. */
@Injectable()
export class StockReadRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findOne(tenant: string, sku: string): Promise<Stream<CountedStock> | undefined> {
    const where = { tenant_sku: { tenant, sku } };
    const row = await this.prisma.stockItem.findUnique({ select: COLUMNS, where });
    return row ? countedStock(row) : undefined;
  }

  /** By sku, in the order of code points. */
  async findPage(
    tenant: string,
    limit: number,
    afterSku: string | undefined,
  ): Promise<FoundPage<Stream<CountedStock>>> {
    const rows = await this.prisma.stockItem.findMany({
      select: COLUMNS,
      where: { tenant, ...(afterSku !== undefined && { sku: { gt: afterSku } }) },
      orderBy: { sku: 'asc' },
      take: limit + 1,
    });
    return { items: rows.slice(0, limit).map(countedStock), hasMore: rows.length > limit };
  }
}

const countedStock = ({ sku, onHand, reserved, lowAt, ...row }: StockRow): Stream<CountedStock> => ({
  ...streamOf<CountedStock>({ ...row, state: null }),
  state: {
    sku,
    onHand: Number(onHand),
    reserved: Number(reserved),
    lowAt: lowAt === null ? null : Number(lowAt),
  },
});
