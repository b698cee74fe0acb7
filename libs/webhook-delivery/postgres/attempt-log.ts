import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { PoolClient } from 'pg';
import { FairQueue, newId, TenantShares } from '#libs/kernel';
import {
  ADVISORY_LOCKS,
  arrayColumns,
  isDataFault,
  type PooledPrisma,
  prepared,
  PrismaService,
  tryWithAdvisoryLock,
  withoutNul,
} from '#libs/postgres';
import { exchangeText } from '../core/exchange/exchange.js';
import type { AttemptReport } from '../core/ports.js';

const INTERVAL_MS = 200;
const BATCH = 1_000;
/** Attempts that wait while the database is down, some 30 MB with answers of 1 KiB. One tenant gets at most half. */
const CAPACITY = 20_000;
/** With more attempts waiting than these, their answers' headers are left out, which could take twice as much again. */
const CALM = 5_000;
const MAX_ANSWER = 1_024;

const dropped = new Counter({
  name: 'orderstream_webhook_log_dropped_total',
  help: 'Delivery attempts missing from the delivery log because the database was unavailable for too long.',
});

const INSERT = prepared(`
  insert into webhook_attempt (attempt_id, feed_id, subscription_id, replay_id, tenant, topic, partition, "offset",
    event_id, event_type, events, attempt, started_at, duration_ms, outcome, status_code, reason, answer, exchange)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::bigint[],
    $9::uuid[], $10::text[], $11::int[], $12::int[], $13::timestamptz[], $14::int[], $15::text[], $16::int[],
    $17::text[], $18::text[], $19::text[])`);

/** A logged attempt, without the events, so that they need not stay in memory. */
type AttemptRow = ReturnType<typeof toRow>;

/**
 * Writes the delivery log in the background; delivery never waits for it. Attempts that the database does not accept in
 * time are dropped and counted, first those of tenants with many.
 */
@Injectable()
export class AttemptLog {
  readonly #logger = new Logger(AttemptLog.name);
  readonly #waiting = new FairQueue<AttemptRow>(({ tenant }) => tenant);
  readonly #shares = new TenantShares(CAPACITY);
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<boolean> | undefined;
  #isAway = false;

  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.#flush(), INTERVAL_MS);
  }

  /** Writes the remaining attempts if the database answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    while (this.#waiting.size > 0 && (await this.#flush()));
    const left = this.#waiting.takeUpTo(CAPACITY);
    this.#left(left);
    this.#drop(left.length);
  }

  record(report: AttemptReport): void {
    const { tenant } = report.subscription;
    if (!this.#shares.hasRoom(tenant)) return this.#drop(1);
    this.#shares.take(tenant, 1);
    this.#waiting.push(toRow(report, this.#waiting.size < CALM));
    if (this.#waiting.size >= BATCH && !this.#isAway && this.#timer) void this.#flush();
  }

  /** @returns whether the database answers */
  #flush(): Promise<boolean> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    while (this.#waiting.size > 0) {
      const rows = this.#waiting.takeUpTo(BATCH);
      try {
        await this.prisma.pool.query(INSERT(columnsOf(rows)));
      } catch (error) {
        this.#failed(error as Error);
        // Drop rows that the database can never store, so that they do not block the next ones.
        if (!isDataFault(error)) {
          this.#waiting.putBack(rows);
          return false;
        }
        this.#drop(rows.length);
      }
      this.#left(rows);
      this.#isAway = false;
      // Wait for more attempts rather than write a partial batch.
      if (this.#timer && this.#waiting.size < BATCH) break;
    }
    return true;
  }

  #left(rows: readonly AttemptRow[]): void {
    for (const { tenant } of rows) this.#shares.give(tenant, 1);
  }

  #drop(attempts: number): void {
    dropped.inc(attempts);
  }

  #failed(error: Error): void {
    if (!this.#isAway) this.#logger.warn(`the delivery log cannot be written: ${error.message}`);
    this.#isAway = true;
  }
}

function toRow(attempt: AttemptReport, withHeaders: boolean) {
  const { subscription, events, outcome, ...report } = attempt;
  const [{ position, type, metadata }] = events;
  return {
    attemptId: newId(),
    feedId: report.feedId,
    subscriptionId: subscription.subscriptionId,
    replayId: report.replayId,
    tenant: subscription.tenant,
    ...position,
    eventId: metadata.eventId,
    eventType: type,
    events: events.length,
    attempt: report.attempt,
    startedAt: new Date(report.startedAt).toISOString(),
    durationMs: Math.round(report.durationMs),
    becomes: report.becomes,
    status: outcome.status ?? null,
    reason: outcome.outcome === 'failed' ? outcome.reason : null,
    answer: outcome.answer === undefined ? null : withoutNul(outcome.answer).slice(0, MAX_ANSWER),
    exchange: exchangeText(attempt, withHeaders ? outcome : undefined),
  };
}

/** Texts stay arrays, which the driver quotes. */
const columnsOf = (rows: readonly AttemptRow[]): unknown[] => [
  ...arrayColumns(rows, 'attemptId', 'feedId', 'subscriptionId', 'replayId'),
  rows.map(({ tenant }) => withoutNul(tenant)),
  rows.map(({ topic }) => topic),
  ...arrayColumns(rows, 'partition', 'offset', 'eventId'),
  rows.map(({ eventType }) => withoutNul(eventType)),
  ...arrayColumns(rows, 'events', 'attempt', 'startedAt', 'durationMs'),
  rows.map(({ becomes }) => becomes),
  ...arrayColumns(rows, 'status'),
  rows.map(({ reason }) => reason),
  rows.map(({ answer }) => answer),
  rows.map(({ exchange }) => exchange),
];

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
