import type { TopicPartition } from '#libs/kernel';
import { Client, type QueryResultRow } from 'pg';
import type { ProjectionFault, PartitionOffset } from '#libs/projections';
import type { DatabaseOptions } from '../database/prisma.service.js';
import { buildSchema } from '../projections/build-schema.js';
import { BuildGoneError } from '../projections/projection-builds.js';

/** Tables are counted, which takes its time. */
const STATEMENT_MS = 600_000;

/** Where a build stood in one partition. */
export interface SnapshotPartition extends PartitionOffset {
  readonly fault: ProjectionFault | undefined;
  /** Offsets below `nextOffset` of events that were left out by command. */
  readonly skipped: ReadonlySet<number>;
}

export interface SnapshotOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly projection: { readonly name: string; readonly tables: readonly string[] };
  /** One that is made beside the live build; without it, the live one. */
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
 * Rows and checkpoints of one build as they were at one moment, by a connection of its own. Whoever moves them on does
 * not wait; whoever would put another build in the place of this one does.
 */
export class Snapshot {
  private constructor(
    private readonly client: Client,
    readonly build: number,
    /** Of the code that made it. */
    readonly version: number,
    readonly partitions: readonly SnapshotPartition[],
  ) {}

  /** @returns nothing when no projector has begun the projection. @throws BuildGoneError */
  static async open({ database, projection, build }: SnapshotOptions): Promise<Snapshot | undefined> {
    const client = new Client({
      connectionString: database.url,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: 'orderstream verify',
    });
    // The next statement says so too.
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

type Found = Pick<Snapshot, 'build' | 'version' | 'partitions'>;

async function begin(
  client: Client,
  { name, tables }: SnapshotOptions['projection'],
  build: number | undefined,
): Promise<Found | undefined> {
  const path = build === undefined ? 'public' : `${buildSchema(name)}, public`;
  // The log is read between two statements. And the tables are locked before the moment is chosen: from then on their
  // names mean these tables.
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
