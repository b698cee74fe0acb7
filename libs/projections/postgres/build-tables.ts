import type { PostgresTransaction } from './postgres-transaction.js';

export const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** Copies columns, checks and primary key, but no other index. */
export async function copyTable(
  transaction: PostgresTransaction,
  table: string,
  schema: string,
): Promise<void> {
  const copy = `${schema}.${quoted(table)}`;
  await transaction.query(
    `create table ${copy} (like public.${quoted(table)} including defaults including constraints including generated)`,
  );
  const { rows } = await transaction.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = 'p'`,
    [`public.${quoted(table)}`],
  );
  for (const { definition } of rows) await transaction.query(`alter table ${copy} add ${definition}`);
}

export async function copyIndexes(
  transaction: PostgresTransaction,
  table: string,
  schema: string,
): Promise<void> {
  const { rows } = await transaction.query<{ name: string; definition: string }>(
    `select relname as name, pg_get_indexdef(indexrelid) as definition
     from pg_index join pg_class on oid = indexrelid where indrelid = $1::regclass and not indisprimary`,
    [`public.${quoted(table)}`],
  );
  for (const { name, definition } of rows) {
    const { rowCount } = await transaction.query('select from pg_class where oid = to_regclass($1)', [
      `${schema}.${quoted(name)}`,
    ]);
    if (rowCount === 0) await transaction.query(definition.replace(' ON public.', ` ON ${schema}.`));
  }
}
