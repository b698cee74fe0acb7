/** The role that the apps use. It owns its database and has no other rights. */
export const ROLE = 'orderstream_app';

/** The role that may create roles, for `orderstream analysts` alone. It has no rights on what the other one owns. */
export const ADMIN_ROLE = 'orderstream_admin';

/**
 * Hands what a superuser made in older versions over to the role, except what belongs to the server itself. Sequences of
 * columns follow their tables.
 */
const HAND_OVER = `
  do $$
  declare command text;
  begin
    for command in
      with ours as (
        select oid, nspname from pg_namespace
        where nspname <> 'information_schema' and nspname not like 'pg\\_%'
      ), foreign_to_role as (
        select oid from pg_roles where rolname <> '${ROLE}' and rolname not like 'pg\\_%'
      )
      select format('alter schema %I owner to ${ROLE}', nspname)
      from pg_namespace join ours using (oid, nspname) where nspowner in (table foreign_to_role)
      union all
      select format('alter %s %s owner to ${ROLE}', case relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
        pg_class.oid::regclass)
      from pg_class join ours on ours.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'S') and relowner in (table foreign_to_role) and not exists (
        select from pg_depend
        where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype in ('a', 'i') and relkind = 'S')
      union all
      select format('alter routine %s owner to ${ROLE}', pg_proc.oid::regprocedure)
      from pg_proc join ours on ours.oid = pronamespace where proowner in (table foreign_to_role)
      union all
      select format('alter type %s owner to ${ROLE}', pg_type.oid::regtype)
      from pg_type join ours on ours.oid = typnamespace
      where typtype in ('e', 'd') and typowner in (table foreign_to_role)
    loop
      execute command;
    end loop;
  end $$`;

/**
 * Creates the role and the database, or upgrades those of an older version.
 * @param {object} options
 * @param {(database: string, statement: string) => Promise<number>} options.asSuperuser runs a statement, and gives its
 * number of rows
 * @param {string} options.database
 * @param {string} options.password base64url
 * @param {string} options.adminPassword base64url
 * @param {boolean} options.createsDatabases whether it may make databases beside its own and checkpoints, as tests and
 * benches do
 */
export async function provideDatabase({ asSuperuser, database, password, adminPassword, createsDatabases }) {
  const maintenance = (/** @type {string} */ statement) => asSuperuser('postgres', statement);
  for (const role of [ROLE, ADMIN_ROLE])
    if (!(await maintenance(`select from pg_roles where rolname = '${role}'`)))
      await maintenance(`create role ${role}`);
  await maintenance(`
    alter role ${ROLE} login nosuperuser nocreaterole noreplication nobypassrls
    ${createsDatabases ? 'createdb' : 'nocreatedb'} password '${password}'`);
  await maintenance(`
    alter role ${ADMIN_ROLE} login nosuperuser createrole nocreatedb noreplication nobypassrls password '${adminPassword}'`);
  // Benches have what others left to be written done before they measure.
  if (createsDatabases) await maintenance(`grant pg_checkpoint to ${ROLE}`);
  if (await maintenance(`select from pg_database where datname = '${database}'`)) {
    await maintenance(`alter database ${database} owner to ${ROLE}`);
    await asSuperuser(database, HAND_OVER);
  } else {
    await maintenance(`create database ${database} owner ${ROLE}`);
  }
}
