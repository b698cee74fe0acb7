import { Inject, Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { ADVISORY_LOCKS, type PooledPrisma, PrismaService, tryWithAdvisoryLock } from '#libs/postgres';

type Connection = Pick<PoolClient, 'query'>;

/** Created ahead, so that the first write of a day does not wait. */
const DAYS_AHEAD = 2;
const DAY_MS = 86_400_000;
const NAME = /^webhook_attempt_(\d{4})(\d{2})(\d{2})$/;

const DAYS = `
  select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = 'webhook_attempt'::regclass`;

const STRAYS = `
  select from webhook_attempt_default where started_at >= $1::timestamptz and started_at < $2::timestamptz limit 1`;

const FORGET_STRAYS = 'delete from webhook_attempt_default where started_at < $1::timestamptz';

/**
 * Maintains the delivery log's partitions, one per day, so that a day is cheap to drop. An advisory lock lets one process
 * at a time do it; the others skip it.
 */
@Injectable()
export class AttemptDays {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Creates the partitions of today and the next days, and drops those older than `keptDays`. */
  lookAfter(keptDays: number, now = Date.now()): Promise<void> {
    return tryWithAdvisoryLock(this.prisma.pool, ADVISORY_LOCKS.attemptDays, async (connection) => {
      const { rows } = await connection.query<{ name: string }>(DAYS);
      const known = new Set(rows.map(({ name }) => name));
      for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
        const start = dayOf(now) + ahead * DAY_MS;
        if (!known.has(nameOf(start))) await makeDay(connection, start);
      }
      const oldest = dayOf(now) - keptDays * DAY_MS;
      for (const name of known) {
        const start = startOf(name);
        if (start !== undefined && start < oldest) await change(connection, `drop table if exists ${name}`);
      }
      await connection.query(FORGET_STRAYS, [new Date(oldest).toISOString()]);
    });
  }
}

async function makeDay(connection: Connection, start: number): Promise<void> {
  const [from, to] = [start, start + DAY_MS].map((time) => new Date(time).toISOString());
  // Postgres refuses a new partition while the default one holds rows of that day, so these rows stay where they are.
  const { rowCount } = await connection.query(STRAYS, [from, to]);
  if (rowCount !== 0) return;
  await change(
    connection,
    `create table if not exists ${nameOf(start)} partition of webhook_attempt for values from ('${from}') to ('${to}')`,
  );
}

/** Gives up its lock soon, because a waiting lock blocks every later query on the table. A later run tries again. */
async function change(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.query(`begin; set local lock_timeout = '1s'; ${statement}; commit`);
  } catch (error) {
    await connection.query('rollback');
    throw error;
  }
}

const dayOf = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;

const nameOf = (start: number): string =>
  `webhook_attempt_${new Date(start).toISOString().slice(0, 10).replaceAll('-', '')}`;

function startOf(name: string): number | undefined {
  const match = NAME.exec(name);
  return match ? Date.parse(match.slice(1).join('-')) : undefined;
}
