import { Injectable } from '@nestjs/common';
import type { Position, TopicPartition } from '#libs/kernel';
import { PrismaService } from '#libs/postgres';

/** How far the events of each partition have been handed to their processes. */
@Injectable()
export class FeederCheckpointRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The offset to read from; 0 if nothing is stored. */
  async load({ topic, partition }: TopicPartition): Promise<number> {
    const { rows } = await this.prisma.pool.query<{ offset: string }>(
      'select next_offset as offset from process_checkpoint where topic = $1 and partition = $2',
      [topic, partition],
    );
    return Number(rows[0]?.offset ?? 0);
  }

  /** A checkpoint that moves back only makes events be read again, which has no effect. */
  async save(positions: readonly Position[]): Promise<void> {
    await this.prisma.pool.query(
      `insert into process_checkpoint (topic, partition, next_offset)
       select * from unnest($1::text[], $2::int[], $3::bigint[])
       on conflict (topic, partition) do update set next_offset = excluded.next_offset`,
      [
        positions.map(({ topic }) => topic),
        positions.map(({ partition }) => partition),
        positions.map(({ offset }) => offset),
      ],
    );
  }
}
