import { useDatabase } from '#libs/testing';
import type { PooledPrisma } from '#libs/postgres';
import { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { READ_MODELS } from '../read-models/read-models.js';
import { FilledLogs, type PostgresReadModel } from './filled-log.fixture.js';
import {
  equalsLog,
  verifyProjection,
  type VerifyOptions,
} from '../postgres/verification/projection-verification.js';
import type { RowDifference } from '../postgres/verification/row-difference.js';

const TABLES = [...READ_MODELS.flatMap(({ tables }) => tables), 'projection_checkpoint'];

export function modelNamed(name: string): PostgresReadModel {
  const found = READ_MODELS.find((each) => each.name === name);
  if (!found) throw new Error(`there is no read model ${name}`);
  return found;
}

/** A database whose live read models are at the end of filled logs. */
export class FilledDatabase {
  private constructor(
    readonly database: { readonly url: string },
    readonly prisma: PooledPrisma,
    readonly logs: FilledLogs,
  ) {}

  /** That of the spec that calls it, until its last case is over. */
  static async use(): Promise<FilledDatabase> {
    const { url, prisma } = await useDatabase();
    const logs = await FilledLogs.open();
    afterAll(() => logs.close());
    const filled = new FilledDatabase({ url }, prisma, logs);
    for (const readModel of READ_MODELS) await filled.project(readModel);
    for (const table of TABLES) await filled.sql(`create table "kept_${table}" as table "${table}"`);
    return filled;
  }

  sql(statement: string) {
    return this.prisma.pool.query<Record<string, string>>(statement);
  }

  /** Restores the initial state for the next test. */
  async restore(): Promise<void> {
    for (const table of TABLES)
      await this.sql(`truncate "${table}"; insert into "${table}" table "kept_${table}"`);
    await this.sql('truncate projection_skip');
  }

  async project(readModel: PostgresReadModel, end?: number): Promise<void> {
    const { build } = await new PostgresProjectionBuilds(this.prisma).live(readModel);
    await this.logs.project(this.prisma, readModel, build, end);
  }

  async beginAnew(readModel: PostgresReadModel): Promise<void> {
    for (const table of readModel.tables) await this.sql(`truncate "${table}"`);
    await this.sql(`update projection_checkpoint set next_offset = 0 where projection = '${readModel.name}'`);
  }

  async verify(readModel: PostgresReadModel, options: Partial<VerifyOptions> = {}) {
    const { database, logs } = this;
    const projection = logs.of(readModel);
    const found = await verifyProjection({ database, projection, log: logs.readerOf(readModel), ...options });
    if (!found) throw new Error(`${readModel.name} has not been started`);
    return { ...found, equal: equalsLog(found) };
  }

  /** @throws if there is no difference */
  async differencesOf(readModel: PostgresReadModel): Promise<RowDifference[]> {
    const { partitions, surplus, equal } = await this.verify(readModel);
    if (equal) throw new Error(`${readModel.name} equals the log`);
    return [...partitions.flatMap(({ differences }) => differences), ...(surplus?.rows ?? [])];
  }
}
