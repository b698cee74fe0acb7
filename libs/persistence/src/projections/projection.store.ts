import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/prisma.service.js';
import type { Prisma } from '../generated/client.js';
import { Checkpoints, type ProjectedPartition } from './checkpoints.js';

/** Postgres tells everybody who listens on it which projection has moved a checkpoint. */
export const CHECKPOINT_CHANNEL = 'orderstream_checkpoint';

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
      // First, because it locks the checkpoint: a rival waits here, and then finds it moved. The commit tells
      // it to all who listen, and no sooner.
      const count = await transaction.$executeRaw`
        with moved as (
          update projection_checkpoint set next_offset = ${BigInt(to)}
          where projection = ${projection} and topic = ${topic} and partition = ${partition}
            and next_offset = ${BigInt(from)}
          returning projection
        )
        select pg_notify(${CHECKPOINT_CHANNEL}, projection) from moved`;
      if (count !== 1)
        throw new StaleCheckpointError(`${projection} is no longer at ${topic}/${partition}@${from}`);
      await write(transaction);
    });
  }

  /** How far these projections have come, in one statement. */
  async checkpoints(projections: readonly string[]): Promise<Checkpoints> {
    const rows = await this.prisma.projectionCheckpoint.findMany({
      where: { projection: { in: [...projections] } },
    });
    return new Checkpoints(rows);
  }
}
