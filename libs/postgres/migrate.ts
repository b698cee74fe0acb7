import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type Pool } from 'pg';

/** An arbitrary number, the same in every process that migrates. */
const MIGRATION_LOCK = 7_262_061_154;

const MIGRATIONS_TABLE = `
  create table if not exists _prisma_migrations (
    id varchar(36) primary key,
    checksum varchar(64) not null,
    finished_at timestamptz,
    migration_name varchar(255) not null,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`;

/**
 * Applies the missing migrations of `prisma/migrations` in order, each in its own transaction, and records them as
 * Prisma does, so that `prisma migrate deploy` agrees. Prisma's own tool needs a native engine that npm does not install
 * (docs/adr/0004-migrations-without-the-schema-engine.md).
 *
 * @returns the names of the migrations it applied
 * @throws if an applied migration has changed since, or a newer version has migrated the database
 */
export async function migrate(databaseUrl: string, directory: string): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  // The next statement reports the error; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'select migration_name, checksum from _prisma_migrations where finished_at is not null',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const added: string[] = [];
    const migrations = await readMigrations(directory);
    refuseNewer(applied.keys(), migrations);
    for (const { name, sql, checksum } of migrations) {
      const known = applied.get(name);
      if (known !== undefined && known !== checksum)
        throw new Error(`migration ${name} has changed since it was applied`);
      if (known !== undefined) continue;
      await apply(client, name, sql, checksum);
      added.push(name);
    }
    return added;
  } finally {
    await client.end();
  }
}

/** What an older version would add to a newer database, nobody has tried. */
function refuseNewer(applied: Iterable<string>, known: readonly { readonly name: string }[]): void {
  const names = new Set(known.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !names.has(name)).toSorted();
  if (unknown.length === 0) return;
  throw new Error(
    `a newer version has migrated the database (${unknown.join(', ')}): deploy that one. To go back, start the apps of this ` +
      'version without deploying, see docs/upgrade.md',
  );
}

/** The nearest `prisma/migrations` above this file, because the code runs from the sources and from `dist/`. */
export function migrationsDirectory(): string {
  for (let at = new URL('./', import.meta.url); ; at = new URL('../', at)) {
    const candidate = fileURLToPath(new URL('prisma/migrations', at));
    if (existsSync(candidate)) return candidate;
    if (at.pathname === '/') throw new Error('prisma/migrations was not found');
  }
}

/** @returns the migrations that this version needs and the database lacks */
export async function missingMigrations(pool: Pick<Pool, 'query'>): Promise<string[]> {
  const { rows } = await pool.query<{ there: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as there`,
  );
  const applied = rows[0]?.there
    ? await pool.query<{ name: string }>(
        'select migration_name as name from _prisma_migrations where finished_at is not null',
      )
    : { rows: [] };
  const names = new Set(applied.rows.map(({ name }) => name));
  const needed = await readMigrations(migrationsDirectory());
  return needed.map(({ name }) => name).filter((name) => !names.has(name));
}

async function readMigrations(directory: string): Promise<{ name: string; sql: string; checksum: string }[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function apply(client: Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(`migration ${name}: ${(error as Error).message}`, { cause: error });
  }
}
