import type { TopicPartition } from '#libs/kernel';
import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/postgres';

/** The process that executes a partition's commands. */
export interface PartitionOwner extends TopicPartition {
  /** Offset of the claim in the log; a later owner has a higher one. */
  readonly claim: number;
  readonly url: string;
  /** Presented by peers that forward commands. Each process generates its own; it is not an API key. */
  readonly token: string;
}

@Injectable()
export class PartitionOwnerRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** @returns `false` if a later claim is already announced */
  async announce({ topic, partition, claim, url, token }: PartitionOwner): Promise<boolean> {
    const written = await this.prisma.$executeRaw`
      insert into partition_owner as owner (topic, partition, claim, url, token)
      values (${topic}, ${partition}, ${claim}, ${url}, ${token})
      on conflict (topic, partition) do update
      set claim = excluded.claim, url = excluded.url, token = excluded.token
      where owner.claim <= excluded.claim`;
    return written === 1;
  }

  async owners(): Promise<PartitionOwner[]> {
    const rows = await this.prisma.partitionOwner.findMany();
    return rows.map((row) => ({ ...row, claim: Number(row.claim) }));
  }
}
