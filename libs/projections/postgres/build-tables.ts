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

/**
 * Our own views that read these tables of `public`, each with the statement that makes it read the tables that have the names
 * by then. A view knows its tables by their ids, and would go with the replaced build.
 */
export async function viewsOver(
  transaction: PostgresTransaction,
  tables: readonly string[],
): Promise<{ readonly view: string; readonly statement: string }[]> {
  const { rows } = await transaction.query<{ view: string; statement: string }>(
    `select distinct format('%I.%I', nspname, relname) as view,
       format('create or replace view %I.%I%s as %s', nspname, relname,
         ' with (' || array_to_string(reloptions, ', ') || ')', pg_get_viewdef(pg_class.oid)) as statement
     from pg_depend
     join pg_rewrite on classid = 'pg_rewrite'::regclass and pg_rewrite.oid = objid
     join pg_class on pg_class.oid = ev_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where refclassid = 'pg_class'::regclass and refobjid = any ($1::regclass[]) and relkind = 'v'
       and pg_has_role(relowner, 'usage')
     order by 1`,
    [tables.map((table) => `public.${quoted(table)}`)],
  );
  return rows;
}
