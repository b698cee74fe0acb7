import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';

/** A role that may only read the views of the schema `analytics`. */
export interface AnalystRole {
  /** The analyst's name, without that of the database. */
  readonly name: string;
  readonly role: string;
}

/** The role of the operator may create no roles. */
export class NoRoleAdministratorError extends Error {
  override readonly name = 'NoRoleAdministratorError';
}

const LONGEST_IDENTIFIER = 63;
const CONNECTIONS = 5;
/** A longer query would keep the rebuild of a read model from ending. */
const STATEMENT_TIMEOUT = '5min';
const SCRAM_ITERATIONS = 4096;

/**
 * Postgres roles of analysts. Their names begin with that of the database, because roles belong to the whole server.
 * @param owner of the views
 * @param administrator whose role may create roles
 */
export class AnalystRoles {
  constructor(
    private readonly owner: Pool,
    private readonly administrator: Pool,
  ) {}

  /** @throws NoRoleAdministratorError, or an error if the name is too long */
  async check(name: string): Promise<void> {
    const { rows } = await this.administrator.query<{ role: string; may: boolean }>(
      `select rolname as role, rolcreaterole or rolsuper as may from pg_roles where rolname = current_user`,
    );
    const [found] = rows;
    if (!found?.may)
      throw new NoRoleAdministratorError(`the Postgres role ${found?.role} may create no roles`);
    const role = roleOf(await this.#group(), name);
    if (Buffer.byteLength(role) > LONGEST_IDENTIFIER)
      throw new Error(`Postgres takes no role as long as ${role}: choose a shorter name`);
  }

  /** Needs the tables of `orderstream deploy`. @throws if there is such a role */
  async create(name: string, password: string): Promise<AnalystRole> {
    const group = await this.#group();
    const role = roleOf(group, name);
    const [inGroup, own] = [escapeIdentifier(group), escapeIdentifier(role)];
    const { rows } = await this.administrator.query<{ database: string; exists: boolean }>(
      'select current_database() as database, exists (select from pg_roles where rolname = $1) as exists',
      [group],
    );
    const database = escapeIdentifier(rows[0]?.database ?? '');
    const settings = [
      'default_transaction_read_only = on',
      `statement_timeout = '${STATEMENT_TIMEOUT}'`,
      'search_path = analytics',
    ];
    await together(this.administrator, [
      ...(rows[0]?.exists ? [] : [`create role ${inGroup} nologin`]),
      `create role ${own} login connection limit ${CONNECTIONS} in role ${inGroup}
       password ${escapeLiteral(verifierOf(password))}`,
      ...settings.map((setting) => `alter role ${own} in database ${database} set ${setting}`),
    ]);
    await together(this.owner, [
      `grant usage on schema analytics to ${inGroup}`,
      `grant select on all tables in schema analytics to ${inGroup}`,
      `alter default privileges in schema analytics grant select on tables to ${inGroup}`,
    ]);
    return { name, role };
  }

  /** Ends the role's sessions, too. @returns whether there was such a role */
  async remove(name: string): Promise<boolean> {
    const role = roleOf(await this.#group(), name);
    const found = await this.list();
    if (!found.some((each) => each.role === role)) return false;
    const own = escapeIdentifier(role);
    // By itself, so that the analyst is out even where what follows fails.
    await together(this.administrator, [
      `alter role ${own} nologin`,
      // Whoever has a role may end its sessions, and drop what it owns.
      `grant ${own} to current_user`,
    ]);
    await together(this.administrator, [
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = ${escapeLiteral(role)}`,
      // Everybody may make temporary tables and large objects, and an owner cannot be dropped.
      `drop owned by ${own}`,
      `drop role ${own}`,
    ]);
    return true;
  }

  async list(): Promise<AnalystRole[]> {
    const group = await this.#group();
    const { rows } = await this.owner.query<{ role: string }>(
      `select analyst.rolname as role from pg_auth_members
       join pg_roles as analyst on analyst.oid = member
       join pg_roles as all_analysts on all_analysts.oid = roleid
       where all_analysts.rolname = $1 and starts_with(analyst.rolname, $2) order by 1`,
      [group, roleOf(group, '')],
    );
    return rows.map(({ role }) => ({ role, name: role.slice(roleOf(group, '').length) }));
  }

  async #group(): Promise<string> {
    const { rows } = await this.owner.query<{ database: string }>('select current_database() as database');
    return `${rows[0]?.database}_analyst`;
  }
}

/** All or none, as Postgres does with what comes in one message. */
const together = (pool: Pool, statements: readonly string[]) => pool.query(statements.join(';'));

const roleOf = (group: string, name: string): string => `${group}_${name}`;

/** What Postgres keeps of a password (RFC 5803), made here so that no log of statements has the password itself. */
function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
