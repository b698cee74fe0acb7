import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/client.js';

export interface ProjectedPartition {
  readonly projection: string;
  readonly topic: string;
  readonly partition: number;
}

/** Somebody else has moved the checkpoint since it was read: what was done here must not count. */
export class StaleCheckpointError extends Error {
  override readonly name = 'StaleCheckpointError';
}

/** Checkpoints of projections, and the rule that a batch of events is applied exactly once. */
@Injectable()
export class ProjectionStore {
  constructor(private readonly prisma: PrismaService) {}

  /** Where to read on; from the beginning where nothing has been read yet. */
  async checkpoint({ projection, topic, partition }: ProjectedPartition): Promise<number> {
    const { nextOffset } = await this.prisma.projectionCheckpoint.upsert({
      where: { projection_topic_partition: { projection, topic, partition } },
      create: { projection, topic, partition, nextOffset: 0n },
      update: {},
    });
    return Number(nextOffset);
  }

  /**
   * Writes rows and moves the checkpoint in one transaction.
   * @throws StaleCheckpointError when the checkpoint is no longer `from`; then nothing was written.
   */
  async advance(
    { projection, topic, partition }: ProjectedPartition,
    from: number,
    to: number,
    write: (transaction: Prisma.TransactionClient) => Promise<void>,
  ): Promise<void> {
    await this.prisma.$transaction(async (transaction) => {
      // First, because it locks the checkpoint: a rival waits here, and then finds it moved.
      const { count } = await transaction.projectionCheckpoint.updateMany({
        where: { projection, topic, partition, nextOffset: BigInt(from) },
        data: { nextOffset: BigInt(to) },
      });
      if (count !== 1)
        throw new StaleCheckpointError(`${projection} is no longer at ${topic}/${partition}@${from}`);
      await write(transaction);
    });
  }

  /** The checkpoint of each partition that has one. */
  async checkpoints(projection: string, topic: string): Promise<Map<number, number>> {
    const rows = await this.prisma.projectionCheckpoint.findMany({ where: { projection, topic } });
    return new Map(rows.map(({ partition, nextOffset }) => [partition, Number(nextOffset)]));
  }
}
