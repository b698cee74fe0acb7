import { Inject, Injectable } from '@nestjs/common';
import type { TopicPartition } from '#libs/kernel';
import { type FoundPage, type PooledPrisma, PrismaService } from '#libs/postgres';

/** Who has a partition. */
export interface OwnedPartition extends TopicPartition {
  /** The forwarding endpoint of the process that takes its commands. */
  readonly url: string | null;
  /** Offset of that process's claim in the log. */
  readonly claim: number | null;
  /** The dispatcher that delivers its events. */
  readonly dispatcher: string | null;
  /** All events below it were matched against the subscriptions that wait for nothing. */
  readonly scannedOffset: number | null;
}

/** Tokens of forwarding endpoints stay in the database. */
const PAGE = `
  select topic, partition, url, claim::float8 as claim, owner as dispatcher, scanned_offset::float8 as "scannedOffset"
  from partition_owner full join webhook_partition using (topic, partition)
  where (topic, partition) > ($1, $2) order by topic, partition limit $3`;

/** Tells which process has which partition, as the processes last announced it. */
@Injectable()
export class PartitionDirectory {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** By topic and partition. A process that was killed is listed until another has its partitions. */
  async findPage(
    limit: number,
    { topic, partition }: TopicPartition = { topic: '', partition: -1 },
  ): Promise<FoundPage<OwnedPartition>> {
    const { rows } = await this.prisma.pool.query<OwnedPartition>(PAGE, [topic, partition, limit + 1]);
    return { items: rows.slice(0, limit), hasMore: rows.length > limit };
  }
}
