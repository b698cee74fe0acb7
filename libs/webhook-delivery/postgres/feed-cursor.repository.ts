import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { PositionVector } from '#libs/webhooks';
import { type PooledPrisma, PrismaService } from '#libs/postgres';

const REACHED = `
  select topic, partition, case when idle then greatest(watermark, scanned_offset) else watermark end as reached
  from webhook_partition join webhook_cursor using (topic, partition)
  where feed_id = $1`;

interface ReachedRow extends TopicPartition {
  readonly reached: string;
}

@Injectable()
export class FeedCursorRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Everything below these offsets is delivered, skipped or parked. Partitions not begun yet are absent. */
  async reached(feedId: string): Promise<PositionVector> {
    const { rows } = await this.prisma.pool.query<ReachedRow>(REACHED, [feedId]);
    return Object.fromEntries(rows.map((row) => [topicPartitionKey(row), Number(row.reached)]));
  }
}
