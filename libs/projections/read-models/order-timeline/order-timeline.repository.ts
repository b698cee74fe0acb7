import { Injectable } from '@nestjs/common';
import type { RecordToDecode } from '#libs/contracts';
import { ORDER_AGGREGATE } from '#libs/orders';
import { type FoundPage, mapPage, pageRows, PrismaService } from '#libs/postgres';

interface TimelineRow {
  readonly partition: number;
  readonly offset: string;
  readonly value: Buffer;
}

const PAGE = `
  select partition, "offset", value from order_timeline
  where tenant = $1 and order_id = $2::uuid and version >= $3 order by version limit $4`;

/** Answers are longer than the log's encoding, in which a number takes one byte and no name. */
const BYTES = '8 * octet_length(page.value)';

/** Reads the logged events of one tenant's orders. */
@Injectable()
export class OrderTimelineRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** In order of version, starting with `fromVersion`. */
  async find(
    tenant: string,
    orderId: string,
    fromVersion: number,
    limit: number,
  ): Promise<FoundPage<RecordToDecode>> {
    const values = [tenant, orderId, fromVersion, limit + 1];
    const found = await pageRows<TimelineRow>(this.prisma.pool, { text: PAGE, values, limit, bytes: BYTES });
    return mapPage(found, ({ partition, offset, value }) => ({
      topic: ORDER_AGGREGATE.topic,
      partition,
      offset: Number(offset),
      value,
    }));
  }
}
