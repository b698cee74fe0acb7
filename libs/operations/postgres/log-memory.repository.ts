import { Inject, Injectable } from '@nestjs/common';
import type { LogMemory, RememberedEvent } from '#libs/kafka';
import type { Position } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';

/** Everything here was written after its position had been read from the log, or was acknowledged by it. */
const REACHED = `
  select topic, partition, max(reached) as offset from (
    select topic, partition, next_offset as reached from stream_state_checkpoint
    union all select topic, partition, claim from partition_owner
    union all select topic, partition, next_offset from projection_checkpoint
    union all select topic, partition, next_offset from process_checkpoint
    union all select topic, partition, scanned_offset from webhook_partition
  ) as known group by topic, partition`;

/** Some more than there are partitions, since a lost end of the log has a piece in most of them. */
const MOST_EVENTS = 200;

const NEWEST = `
  select topic, partition, "offset", event_id as "eventId" from event_index order by event_id desc limit ${MOST_EVENTS}`;

interface Row {
  readonly topic: string;
  readonly partition: number;
  /** Postgres sends bigints as text. */
  readonly offset: string;
}

/** What the tables say of the log. Costs some indexed reads and the scan of a few small tables. */
@Injectable()
export class LogMemoryRepository implements LogMemory {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  async reached(): Promise<Position[]> {
    const { rows } = await this.prisma.pool.query<Row>(REACHED);
    return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
  }

  async newestEvents(): Promise<RememberedEvent[]> {
    const { rows } = await this.prisma.pool.query<Row & { eventId: string }>(NEWEST);
    return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
  }
}
