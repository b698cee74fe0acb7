import type { Pool } from 'pg';
import { type ActEnd, type Act, type BegunAct, boundedAct } from '../core/index.js';

/** Told whenever an act has ended. */
export const AUDIT_CHANNEL = 'audit_outbox';

/** An act without an outcome for so long is recorded with the outcome unknown. */
const OPEN_FOR_MS = 300_000;
/** Rows that wait while Kafka is away. An actor may have no more of them than are free; beyond that, acts are refused. */
const MAX_ROWS = 100_000;

type Queries = Pick<Pool, 'query'>;

/** More acts wait than there is room for. */
export class AuditOutboxFullError extends Error {
  override readonly name = 'AuditOutboxFullError';
}

interface OutboxRow extends ActEnd {
  readonly begunAt: Date;
  readonly act: BegunAct;
}

const TOLD = `select pg_notify('${AUDIT_CHANNEL}', '')`;

/**
 * Acts on their way to the topic `audit`. A row is written before its act, so that no act is done without one, and removed
 * once the topic has its event: a crash at any point leaves the row behind, which is then recorded.
 */
export class AuditOutbox {
  constructor(
    private readonly database: Queries,
    private readonly maxRows = MAX_ROWS,
  ) {}

  /**
   * Notes that an act begins. Whoever fills the outbox leaves room for others, as tenants do elsewhere; of a row's actor
   * something has to be known only where half of the room is used.
   * @throws if it cannot be noted: the act must not be done then
   */
  async begin(act: BegunAct): Promise<void> {
    const bounded = boundedAct(act);
    const { rowCount } = await this.database.query(
      `insert into audit_outbox (act_id, expires_at, act)
       select $1, now() + $2 * interval '1 millisecond', $3
       from (select count(*) as used from (select from audit_outbox limit $4) as waiting) as room
       where used < $4 and
         (2 * used < $4 or
           (select count(*) from (select from audit_outbox where act->>'actor' = $5 limit $4 - used) as own) < $4 - used)`,
      [act.actId, OPEN_FOR_MS, JSON.stringify(bounded), this.maxRows, bounded.actor],
    );
    if (rowCount === 0) throw new AuditOutboxFullError('too many acts wait to be recorded');
  }

  /** Says that an act still goes on. */
  async keepOpen(actId: string): Promise<void> {
    await this.database.query(
      `update audit_outbox set expires_at = now() + $2 * interval '1 millisecond' where act_id = $1`,
      [actId, OPEN_FOR_MS],
    );
  }

  /** Has the act recorded. An act that has an outcome keeps it. */
  async end(actId: string, { outcome, status }: ActEnd): Promise<void> {
    await this.database.query(
      `with ended as (
         update audit_outbox set outcome = $2, status = $3 where act_id = $1 and outcome is null returning 1
       ) ${TOLD} from ended`,
      [actId, outcome, status],
    );
  }

  /** The oldest acts that can be recorded. */
  async recordable(limit: number): Promise<Act[]> {
    const { rows } = await this.database.query<OutboxRow>(
      `select act, begun_at as "begunAt", coalesce(outcome, 'unknown') as outcome, status from audit_outbox
       where outcome is not null or expires_at < now() order by act_id limit $1`,
      [limit],
    );
    return rows.map(({ act, begunAt, outcome, status }) => ({
      ...act,
      at: begunAt.toISOString(),
      outcome,
      status,
    }));
  }

  /** Forgets acts that the topic has. */
  async remove(actIds: readonly string[]): Promise<void> {
    await this.database.query('delete from audit_outbox where act_id = any($1::uuid[])', [actIds]);
  }
}

/** A transaction of Prisma. */
interface Transaction {
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
}

/** Records an act in the transaction that does it: both happen, or neither. */
export async function recordAct(transaction: Transaction, act: BegunAct): Promise<void> {
  await transaction.$executeRawUnsafe(
    `with ended as (
       insert into audit_outbox (act_id, expires_at, act, outcome)
       values ($1::uuid, now(), $2::json, 'succeeded') returning 1
     ) ${TOLD} from ended`,
    act.actId,
    JSON.stringify(boundedAct(act)),
  );
}
