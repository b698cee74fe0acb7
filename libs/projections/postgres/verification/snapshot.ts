import type { TopicPartition } from '#libs/kernel';
import { Client, type QueryResultRow } from 'pg';
import type { ProjectionFault } from '../../core/runtime/projection-store.js';
import type { PartitionOffset } from '../../core/rebuild/rebuild.js';
import type { DatabaseOptions } from '#libs/postgres';
import { buildSchema } from '../build-schema.js';
import { BuildGoneError } from '../projection-builds.js';

/** Long enough to count large tables. */
const STATEMENT_MS = 600_000;

/** The checkpoint of a build in one partition. */
export interface SnapshotPartition extends PartitionOffset {
  readonly fault: ProjectionFault | undefined;
  /** Offsets below `nextOffset` of events that an operator skipped. */
  readonly skipped: ReadonlySet<number>;
}

export interface SnapshotOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly projection: { readonly name: string; readonly tables: readonly string[] };
  /** A build under construction; the live one by default. */
  readonly build?: number | undefined;
}

interface PartitionRow extends TopicPartition {
  readonly nextOffset: string;
  readonly fault: string | null;
  readonly faultOffset: string | null;
  readonly skipped: readonly string[];
}

const PARTITIONS = `
  select topic, partition, next_offset as "nextOffset", fault, fault_offset as "faultOffset", array(
    select "offset" from projection_skip as skip
    where skip.projection = $1 and skip.topic = checkpoint.topic and skip.partition = checkpoint.partition
      and "offset" < next_offset
  ) as skipped
  from projection_checkpoint as checkpoint where projection = $1 and build = $2 order by topic, partition`;

/**
 * The rows and checkpoints of one build at one moment, read over its own connection. Projectors are not blocked; a switch
 * of builds is.
 */
export class Snapshot {
  private constructor(
    private readonly client: Client,
    readonly build: number,
    /** The version of the code that made the build. */
    readonly version: number,
    readonly partitions: readonly SnapshotPartition[],
  ) {}

  /** @returns `undefined` if no projector has started the projection. @throws BuildGoneError */
  static async open({ database, projection, build }: SnapshotOptions): Promise<Snapshot | undefined> {
    const client = new Client({
      connectionString: database.url,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: 'orderstream verify',
    });
    // The next statement reports the error.
    client.on('error', () => undefined);
    await client.connect();
    try {
      const found = await begin(client, projection, build);
      if (found) return new Snapshot(client, found.build, found.version, found.partitions);
    } catch (error) {
      await client.end();
      throw error;
    }
    await client.end();
    return undefined;
  }

  async query<Row extends QueryResultRow>(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.client.query<Row>(statement, [...values]);
    return rows;
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

type FoundBuild = Pick<Snapshot, 'build' | 'version' | 'partitions'>;

async function begin(
  client: Client,
  { name, tables }: SnapshotOptions['projection'],
  build: number | undefined,
): Promise<FoundBuild | undefined> {
  const path = build === undefined ? 'public' : `${buildSchema(name)}, public`;
  // The idle timeout is off because the log is read between statements. The lock comes before the first read, which fixes
  // the snapshot, so that the names keep denoting the same tables.
  await client.query(`
    begin isolation level repeatable read read only;
    set local statement_timeout = ${STATEMENT_MS};
    set local idle_in_transaction_session_timeout = 0;
    set local search_path to ${path}`);
  const table = (each: string): string =>
    build === undefined ? `public."${each}"` : `${buildSchema(name)}."${each}"`;
  try {
    await client.query(`lock table ${tables.map(table).join(', ')} in access share mode`);
  } catch (error) {
    if (build === undefined) throw error;
    throw new BuildGoneError(`build ${build} of ${name} has no tables`, { cause: error });
  }
  const { rows } = await client.query<{ build: number; version: number }>(
    build === undefined
      ? 'select build, version from projection where name = $1'
      : 'select next_build as build, next_version as version from projection where name = $1 and next_build = $2',
    build === undefined ? [name] : [name, build],
  );
  const [row] = rows;
  if (row) return { ...row, partitions: await partitionsOf(client, name, row.build) };
  if (build === undefined) return undefined;
  throw new BuildGoneError(`build ${build} of ${name} is no longer under way`);
}

async function partitionsOf(client: Client, name: string, build: number): Promise<SnapshotPartition[]> {
  const { rows } = await client.query<PartitionRow>(PARTITIONS, [name, build]);
  return rows.map(({ topic, partition, nextOffset, fault, faultOffset, skipped }) => ({
    topic,
    partition,
    nextOffset: Number(nextOffset),
    fault: fault === null ? undefined : { offset: Number(faultOffset), reason: fault },
    skipped: new Set(skipped.map(Number)),
  }));
}
