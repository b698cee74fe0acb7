import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '#libs/kernel';
import type { PartitionOffset, ProjectionBuilds } from '../core/rebuild/rebuild.js';
import type { ProjectionStore } from '../core/runtime/projection-store.js';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import { buildSchema, lockBuildsExclusive, retiredSchema, lockBuildsShared } from './build-schema.js';
import { copyIndexes, copyTable, quoted, viewsOver } from './build-tables.js';
import { inTransaction, type PostgresTransaction } from './postgres-transaction.js';
import { insertStarts } from './projection-start.js';
import { TransactionProjectionStore } from './projection.store.js';

/** The part of a `Projection` that a build needs. */
export interface BuildTarget {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly string[];
}

/** One build of a projection, and the version of the code that made it. */
export interface Build {
  readonly build: number;
  readonly version: number;
}

/** The build under construction is gone or replaced, because another process started, switched or abandoned one. */
export class BuildGoneError extends Error {
  override readonly name = 'BuildGoneError';
}

/** Bounds how long queries wait behind a switch that itself waits for a long query: the switch is retried instead. */
const SWITCH_LOCK_MS = 2_000;

/** The builds of projections: the live one, and the one that is made beside it and replaces it. */
@Injectable()
export class PostgresProjectionBuilds implements ProjectionBuilds<PostgresTransaction> {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * The live build. The first one is live from its start.
   * @param start is asked once, before the first build: where builds begin in partitions that they do not read from the
   *   beginning of the log
   */
  async live(
    { name, version }: Pick<BuildTarget, 'name' | 'version'>,
    start: () => Promise<readonly Position[]> = async () => [],
  ): Promise<Build> {
    const found = await this.#live(name);
    if (found) return found;
    const inserted =
      'insert into projection (name, version, build) values ($1, $2, 1) on conflict do nothing returning name';
    await this.prisma.pool.query(`with inserted as (${inserted}) ${insertStarts('inserted', '$3')}`, [
      name,
      version,
      JSON.stringify(await start()),
    ]);
    const made = await this.#live(name);
    if (!made) throw new Error(`there is no projection ${name}`);
    return made;
  }

  async #live(name: string): Promise<Build | undefined> {
    const { rows } = await this.prisma.pool.query<Build>(
      'select build, version from projection where name = $1',
      [name],
    );
    return rows[0];
  }

  /** Continues the build of this version, or starts one: empty tables beside the live ones, without secondary indexes. */
  async begin(projection: BuildTarget): Promise<Build> {
    const { name, version, tables } = projection;
    const schema = buildSchema(name);
    return inTransaction(this.prisma.pool, lockBuildsExclusive(name), async (transaction) => {
      const { rows } = await transaction.query<{ nextBuild: number | null }>(
        `select case when next_version = $2 then next_build end as "nextBuild" from projection where name = $1`,
        [name, version],
      );
      const underWay = rows[0]?.nextBuild;
      if (underWay) return { build: underWay, version };
      await discardBuild(transaction, name);
      await transaction.query(`create schema ${schema}`);
      for (const table of tables) await copyTable(transaction, table, schema);
      const { rows: made } = await transaction.query<Build>(
        `update projection set next_version = $2,
           next_build = 1 + (select max(build) from (
             select build from projection_checkpoint where projection = $1 union all select projection.build
           ) as builds)
         where name = $1 returning next_build as build, next_version as version`,
        [name, version],
      );
      const [build] = made;
      if (!build) throw new Error(`there is no projection ${name}`);
      return build;
    });
  }

  /** Creates the secondary indexes. Creating them after loading is faster than maintaining them row by row. */
  async index({ name, tables }: BuildTarget, build: number): Promise<void> {
    await inTransaction(this.prisma.pool, lockBuildsShared(name), async (transaction) => {
      await expectNext(transaction, name, build);
      await transaction.query('set local statement_timeout = 0');
      for (const table of tables) await copyIndexes(transaction, table, buildSchema(name));
    });
  }

  /**
   * Replaces the live build in one transaction, during which no checkpoint moves.
   * @param catchUp brings the build to the live one's checkpoints in this transaction, so that queries never go back
   * @throws BuildGoneError, or a Postgres error if the locks were not available in time: try again
   */
  async switchTo(
    { name, tables }: BuildTarget,
    build: number,
    catchUp: (store: ProjectionStore<PostgresTransaction>, live: readonly PartitionOffset[]) => Promise<void>,
  ): Promise<void> {
    const schema = buildSchema(name);
    const retired = retiredSchema(name);
    await inTransaction(this.prisma.pool, lockBuildsExclusive(name), async (transaction) => {
      await expectNext(transaction, name, build);
      const { rows } = await transaction.query<{ topic: string; partition: number; nextOffset: string }>(
        `select topic, partition, next_offset as "nextOffset" from projection_checkpoint
         join projection on name = projection and projection.build = projection_checkpoint.build where name = $1`,
        [name],
      );
      await transaction.query(`set local search_path to ${schema}, public`);
      await catchUp(
        new TransactionProjectionStore(transaction),
        rows.map((row) => ({ ...row, nextOffset: Number(row.nextOffset) })),
      );
      await transaction.query(`set local search_path to public; set local lock_timeout = ${SWITCH_LOCK_MS}`);
      const views = await viewsOver(transaction, tables);
      // In the order of those who read them.
      for (const { view } of views) await transaction.query(`lock table ${view} in access exclusive mode`);
      // A crash after the last switch may have left it.
      await transaction.query(`drop schema if exists ${retired} cascade`);
      await transaction.query(`create schema ${retired}`);
      for (const table of tables) {
        await transaction.query(`alter table public.${quoted(table)} set schema ${retired}`);
        await transaction.query(`alter table ${schema}.${quoted(table)} set schema public`);
      }
      for (const { statement } of views) await transaction.query(statement);
      await transaction.query(`drop schema ${schema}`);
      await transaction.query(
        `update projection set build = next_build, version = next_version, next_build = null, next_version = null
         where name = $1`,
        [name],
      );
      await transaction.query('delete from projection_checkpoint where projection = $1 and build <> $2', [
        name,
        build,
      ]);
    });
  }

  /** Drops the replaced build in a separate transaction, so that no query waits for it. */
  async dropRetired({ name }: BuildTarget): Promise<void> {
    await this.prisma.pool.query(`drop schema if exists ${retiredSchema(name)} cascade`);
  }

  /** Abandons the build under construction, if there is one. */
  async abandon({ name }: BuildTarget): Promise<void> {
    await inTransaction(this.prisma.pool, lockBuildsExclusive(name), (transaction) =>
      discardBuild(transaction, name),
    );
  }
}

async function expectNext(transaction: PostgresTransaction, name: string, build: number): Promise<void> {
  const { rowCount } = await transaction.query('select from projection where name = $1 and next_build = $2', [
    name,
    build,
  ]);
  if (rowCount !== 1) throw new BuildGoneError(`build ${build} of ${name} is no longer under way`);
}

/** Drops the build under construction, if there is one. The caller holds the exclusive lock of the builds. */
export async function discardBuild(transaction: PostgresTransaction, name: string): Promise<void> {
  await transaction.query(`drop schema if exists ${buildSchema(name)} cascade`);
  await transaction.query(
    `delete from projection_checkpoint using projection
     where projection = name and name = $1 and projection_checkpoint.build = next_build`,
    [name],
  );
  await transaction.query('update projection set next_build = null, next_version = null where name = $1', [
    name,
  ]);
}
