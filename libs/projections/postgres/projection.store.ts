import { formatPosition, topicPartitionKey } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import {
  type BuildPartition,
  type CheckpointMove,
  type ProjectionFault,
  type ProjectedPartition,
  projectedPartitionKey,
  type ProjectionStore,
  StaleCheckpointError,
  type CheckpointState,
} from '../core/runtime/projection-store.js';
import {
  arrayColumns,
  isDataFault,
  type PooledPrisma,
  prepared,
  PrismaService,
  withoutNul,
} from '#libs/postgres';
import { buildSchema, buildsLockedShared } from './build-schema.js';
import { Checkpoints } from './checkpoints.js';
import { inOpenedTransaction, type PostgresTransaction } from './postgres-transaction.js';

/** The channel on which Postgres names a projection whose live checkpoint has moved. */
export const CHECKPOINT_CHANNEL = 'orderstream_checkpoint';

/**
 * Moves checkpoints and locks their rows: a rival waits here, and then finds them moved. The commit notifies all listeners
 * once. Later statements of the transaction write to the tables of the same build.
 */
const ADVANCE = prepared(`
  with moved as (
    update projection_checkpoint as checkpoint set next_offset = move.until, fault = null, fault_offset = null
    from projection, unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[]) as move (topic, partition, since, until)
    where projection.name = $1 and $2 in (projection.build, projection.next_build)
      and checkpoint.projection = $1 and checkpoint.build = $2
      and checkpoint.topic = move.topic and checkpoint.partition = move.partition and next_offset = move.since
    returning $2 = projection.build as live
  )
  select moves::int, case when live then pg_notify('${CHECKPOINT_CHANNEL}', $1)::text else set_config('search_path', $7, true) end
  from (select live, count(*) as moves from moved group by live) as moved`);

const STANDING = `
  select next_offset as "nextOffset", first_offset as "firstOffset", fault, fault_offset as "faultOffset", array(
    select "offset" from projection_skip where projection = $1 and topic = $3 and partition = $4
  ) as skipped
  from projection_checkpoint where projection = $1 and build = $2 and topic = $3 and partition = $4`;

const BEGIN = `
  insert into projection_checkpoint (projection, build, topic, partition, first_offset, next_offset)
  select $1, $2, $3, $4, first, first from (
    select coalesce(max("offset"), 0) as first from projection_start where projection = $1 and topic = $3 and partition = $4
  ) as start
  on conflict do nothing`;

const STOP = `
  update projection_checkpoint set fault = $6, fault_offset = $7, stopped_at = now()
  where projection = $1 and build = $2 and topic = $3 and partition = $4 and next_offset = $5`;
const MAX_REASON = 1_000;

const CHECKPOINTS = `
  select projection, topic, partition, next_offset as "nextOffset"
  from projection_checkpoint join projection on name = projection and projection.build = projection_checkpoint.build
  where projection = any($1::text[])`;

const LIVE = CHECKPOINTS.replace(
  'next_offset as',
  'projection.build, fault is not null as "hasFault", next_offset as',
);

/** The checkpoint of a live build in a partition. */
export interface LiveCheckpoint {
  readonly build: number;
  readonly nextOffset: number;
  readonly hasFault: boolean;
}

interface LiveRow extends CheckpointRow {
  readonly build: number;
  readonly hasFault: boolean;
}

interface CheckpointRow extends ProjectedPartition {
  readonly nextOffset: string;
}

interface StandingRow {
  readonly nextOffset: string;
  readonly firstOffset: string;
  readonly fault: string | null;
  readonly faultOffset: string | null;
  readonly skipped: readonly string[];
}

type Queryable = Pick<Pool, 'query'> | PostgresTransaction;

/** Checkpoints of projections in Postgres, in the transactions of their rows. */
abstract class CheckpointStatements implements ProjectionStore<PostgresTransaction> {
  protected abstract readonly database: Queryable;

  async loadCheckpoint({ projection, build, topic, partition }: BuildPartition): Promise<CheckpointState> {
    const values = [projection, build, topic, partition];
    const read = () => query<StandingRow>(this.database, STANDING, values);
    let [row] = await read();
    if (!row) {
      await query(this.database, BEGIN, values);
      [row] = await read();
    }
    if (!row)
      throw new StaleCheckpointError(
        `${projection} has no checkpoint of ${topicPartitionKey({ topic, partition })}`,
      );
    const fault = row.fault === null ? undefined : { offset: Number(row.faultOffset), reason: row.fault };
    const skipped = row.skipped.map(Number);
    const hasGaps = skipped.length > 0 || Number(row.firstOffset) > 0;
    return { nextOffset: Number(row.nextOffset), fault, skipped, hasGaps };
  }

  async advance(
    moves: readonly CheckpointMove[],
    write: (transaction: PostgresTransaction) => Promise<void>,
  ): Promise<void> {
    const [first] = moves;
    if (!first) return;
    const { projection, build } = first;
    const topics = moves.map(({ topic }) => topic);
    const numbers = arrayColumns(moves, 'partition', 'from', 'to');
    const values = [projection, build, topics, ...numbers, `${buildSchema(projection)}, public`];
    const expectAll = ({ rows }: QueryResult<{ moves: number }>): void => {
      if (rows[0]?.moves !== moves.length) throw stale(first, moves.length - 1);
    };
    await this.transaction(projection, ADVANCE(values), expectAll, write);
  }

  async stop(at: BuildPartition, from: number, { offset, reason }: ProjectionFault): Promise<void> {
    const { projection, build, topic, partition } = at;
    const { rowCount } = await this.database.query(STOP, [
      projection,
      build,
      topic,
      partition,
      from,
      withoutNul(reason).slice(0, MAX_REASON),
      offset,
    ]);
    if (rowCount !== 1) throw stale({ ...at, from });
  }

  isOutage(error: unknown): boolean {
    return !isDataFault(error);
  }

  /** @param check throws if the result of the first statement does not allow the work */
  protected abstract transaction(
    projection: string,
    first: QueryConfig,
    check: (result: QueryResult) => void,
    work: (transaction: PostgresTransaction) => Promise<void>,
  ): Promise<void>;
}

/** Applies each batch in its own transaction. */
@Injectable()
export class PostgresProjectionStore extends CheckpointStatements {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {
    super();
  }

  protected get database(): Pool {
    return this.prisma.pool;
  }

  protected transaction(
    projection: string,
    first: QueryConfig,
    check: (result: QueryResult) => void,
    work: (transaction: PostgresTransaction) => Promise<void>,
  ): Promise<void> {
    const lock = buildsLockedShared(projection);
    const checkFirst = ([, result]: readonly QueryResult[]): void => result && check(result);
    return inOpenedTransaction(this.prisma.pool, [lock, first], checkFirst, work);
  }

  /** Where the live builds of these projections stand, by {@link projectedPartitionKey}. */
  async liveCheckpoints(projections: readonly string[]): Promise<Map<string, LiveCheckpoint>> {
    const rows = await query<LiveRow>(this.prisma.pool, LIVE, [projections]);
    return new Map(
      rows.map(({ build, nextOffset, hasFault, ...at }) => [
        projectedPartitionKey(at),
        { build, nextOffset: Number(nextOffset), hasFault },
      ]),
    );
  }

  /** The checkpoints of the live builds, read in one statement. */
  async checkpoints(projections: readonly string[]): Promise<Checkpoints> {
    return new Checkpoints(await query<CheckpointRow>(this.prisma.pool, CHECKPOINTS, [projections]));
  }
}

/** Applies all batches in one transaction, which the caller commits. */
export class TransactionProjectionStore extends CheckpointStatements {
  constructor(protected readonly database: PostgresTransaction) {
    super();
  }

  protected async transaction(
    _projection: string,
    first: QueryConfig,
    check: (result: QueryResult) => void,
    work: (transaction: PostgresTransaction) => Promise<void>,
  ): Promise<void> {
    check(await this.database.query(first));
    await work(this.database);
  }
}

async function query<Row extends QueryResultRow>(
  database: Queryable,
  statement: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await (database as Pool).query<Row>(statement, [...values]);
  return rows;
}

const stale = (at: ProjectedPartition & { readonly from: number }, others = 0): StaleCheckpointError =>
  new StaleCheckpointError(
    `${at.projection} is no longer at ${formatPosition({ ...at, offset: at.from })}` +
      (others > 0 ? `, or not in one of ${others} other partitions` : ''),
  );
