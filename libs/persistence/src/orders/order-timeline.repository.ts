import { Injectable } from '@nestjs/common';
import type { RecordToDecode } from '#libs/contracts';
import { ORDERS_TOPIC } from '#libs/projections';
import { type FoundPage, mapPage, pageRows } from '../database/page-rows.js';
import { PrismaService } from '../database/prisma.service.js';

interface TimelineRow {
  readonly partition: number;
  readonly offset: string;
  readonly value: Buffer;
}

const PAGE = `
  select partition, "offset", value from order_timeline
  where tenant = $1 and order_id = $2::uuid and version >= $3 order by version limit $4`;

/** A number takes a byte in the log, and its name and some digits in an answer. */
const BYTES = '8 * octet_length(page.value)';

/** The events of orders as the log has them, always of one tenant. */
@Injectable()
export class OrderTimelineRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** From a version on, in order. */
  async find(
    tenant: string,
    orderId: string,
    fromVersion: number,
    limit: number,
  ): Promise<FoundPage<RecordToDecode>> {
    const values = [tenant, orderId, fromVersion, limit + 1];
    const found = await pageRows<TimelineRow>(this.prisma.pool, { text: PAGE, values, limit, bytes: BYTES });
    return mapPage(found, ({ partition, offset, value }) => ({
      topic: ORDERS_TOPIC,
      partition,
      offset: Number(offset),
      value,
    }));
  }
}
