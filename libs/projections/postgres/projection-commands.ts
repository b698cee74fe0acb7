import { Inject, Injectable } from '@nestjs/common';
import type { Position, TopicPartition } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import { lockBuildsExclusive } from './build-schema.js';
import { inTransaction } from './postgres-transaction.js';
import { discardBuild } from './projection-builds.js';
import { insertStarts } from './projection-start.js';

/** The checkpoint of a build in a partition. */
export interface ProjectionStatus extends TopicPartition {
  readonly projection: string;
  readonly version: number;
  readonly build: number;
  /** Whether queries read this build. */
  readonly live: boolean;
  readonly nextOffset: number;
  readonly fault: { readonly offset: number; readonly reason: string } | undefined;
  /** Since when it has stopped; `null` if it has not, or if an older version has noted the fault. */
  readonly stoppedAt: Date | null;
}

interface StatusRow extends TopicPartition {
  readonly projection: string;
  readonly version: number;
  readonly build: number;
  readonly live: boolean;
  readonly nextOffset: string;
  readonly stoppedAt: Date | null;
  readonly fault: string | null;
  readonly faultOffset: string | null;
}

const STATUS = `
  select checkpoint.projection, case when live then projection.version else next_version end as version, checkpoint.build, live,
    topic, partition, next_offset as "nextOffset", fault, fault_offset as "faultOffset",
    case when fault is not null then stopped_at end as "stoppedAt"
  from projection_checkpoint as checkpoint
  join projection on name = checkpoint.projection and checkpoint.build in (projection.build, next_build)
  cross join lateral (select checkpoint.build = projection.build as live) as seen
  order by checkpoint.projection, live desc, topic, partition`;

/** Marks a build for rebuilding: versions of code start at 1. */
export const NO_VERSION = 0;

/** An operator's commands to projections, which projectors notice within seconds. */
@Injectable()
export class ProjectionCommands {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  async status(): Promise<ProjectionStatus[]> {
    const { rows } = await this.prisma.pool.query<StatusRow>(STATUS);
    return rows.map(({ nextOffset, fault, faultOffset, ...row }) => ({
      ...row,
      nextOffset: Number(nextOffset),
      fault: fault === null ? undefined : { offset: Number(faultOffset), reason: fault },
    }));
  }

  /** Makes a projection retry where it has stopped. @returns the number of partitions */
  async retry(projection: string): Promise<number> {
    const { rowCount } = await this.prisma.pool.query(
      `update projection_checkpoint set fault = null, fault_offset = null
       where projection = $1 and fault is not null`,
      [projection],
    );
    return rowCount ?? 0;
  }

  /** Makes a projection retry where it has stopped at one position. @returns whether it had stopped there */
  async retryStopped(projection: string, { topic, partition, offset }: Position): Promise<boolean> {
    const { rowCount } = await this.prisma.pool.query(
      `update projection_checkpoint set fault = null, fault_offset = null
       where projection = $1 and topic = $2 and partition = $3 and fault_offset = $4`,
      [projection, topic, partition, offset],
    );
    return (rowCount ?? 0) > 0;
  }

  /** Makes every projection retry that has stopped in a partition up to an offset. @returns how many */
  async retryAt({ topic, partition, offset }: Position): Promise<number> {
    const { rowCount } = await this.prisma.pool.query(
      `update projection_checkpoint set fault = null, fault_offset = null
       where topic = $1 and partition = $2 and fault_offset <= $3`,
      [topic, partition, offset],
    );
    return rowCount ?? 0;
  }

  /**
   * Makes a projection skip the event at which it has stopped, now and in every later build.
   * @param why in the words of whoever decides it; kept beside the fault
   * @returns whether it had stopped there
   */
  async skip(projection: string, { topic, partition, offset }: Position, why?: string): Promise<boolean> {
    return inTransaction(this.prisma.pool, lockBuildsExclusive(projection), async (transaction) => {
      const { rows } = await transaction.query<{ fault: string }>(
        `select fault from projection_checkpoint
         where projection = $1 and topic = $2 and partition = $3 and fault_offset = $4`,
        [projection, topic, partition, offset],
      );
      const [stopped] = rows;
      if (!stopped) return false;
      await transaction.query(
        `insert into projection_skip (projection, topic, partition, "offset", reason) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [
          projection,
          topic,
          partition,
          offset,
          why === undefined ? stopped.fault : `${stopped.fault} (skipped: ${why})`,
        ],
      );
      const { rowCount: isBeyond } = await transaction.query(
        `select from projection_checkpoint as checkpoint join projection on name = checkpoint.projection
         where name = $1 and checkpoint.build = next_build and topic = $2 and partition = $3 and next_offset > $4`,
        [projection, topic, partition, offset],
      );
      // A build that has the event already would differ from the log without it.
      if (isBeyond) await discardBuild(transaction, projection);
      await transaction.query(
        `update projection_checkpoint set fault = null, fault_offset = null
         where projection = $1 and topic = $2 and partition = $3 and fault_offset = $4`,
        [projection, topic, partition, offset],
      );
      return true;
    });
  }

  /** Those of the projections that some process rebuilds, by the lock that it holds. */
  async underRebuild(projections: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.prisma.pool.query<{ name: string }>(
      `select name from unnest($1::text[]) as name
       where hashtext('rebuild ' || name)::bigint in (
         select (classid::bigint << 32) | objid::bigint from pg_locks
         where locktype = 'advisory' and granted
           and database = (select oid from pg_database where datname = current_database()))`,
      [projections],
    );
    return new Set(rows.map(({ name }) => name));
  }

  /** The topics that a projection has checkpoints of; none if no projector has started it. */
  async topics(projection: string): Promise<string[]> {
    const { rows } = await this.prisma.pool.query<{ topic: string }>(
      'select distinct topic from projection_checkpoint where projection = $1 order by topic',
      [projection],
    );
    return rows.map(({ topic }) => topic);
  }

  /**
   * Requests a rebuild beside the live build, as if older code had made that one. This build and all later ones begin at
   * these positions, and in other partitions at the beginning.
   */
  async replay(projection: string, start: readonly Position[]): Promise<void> {
    await inTransaction(this.prisma.pool, lockBuildsExclusive(projection), async (transaction) => {
      // A build under construction began at another start.
      await discardBuild(transaction, projection);
      await transaction.query('delete from projection_start where projection = $1', [projection]);
      const requested = `update projection set version = ${NO_VERSION} where name = $1 returning name`;
      await transaction.query(`with requested as (${requested}) ${insertStarts('requested', '$2')}`, [
        projection,
        JSON.stringify(start),
      ]);
    });
  }
}
