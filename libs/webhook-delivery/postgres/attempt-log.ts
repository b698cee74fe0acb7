import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { AttemptReport } from '../core/ports.js';
import { FairQueue, newId, TenantShares } from '#libs/kernel';
import {
  arrayLiteral,
  isDataFault,
  type PooledPrisma,
  prepared,
  PrismaService,
  withoutNul,
} from '#libs/postgres';

const INTERVAL_MS = 200;
const BATCH = 1_000;
/** Attempts that wait while the database is down, some 30 MB with answers of 1 KiB. One tenant gets at most half. */
const CAPACITY = 20_000;
const MAX_ANSWER = 1_024;

const dropped = new Counter({
  name: 'orderstream_webhook_log_dropped_total',
  help: 'Delivery attempts missing from the delivery log because the database was unavailable for too long.',
});

const INSERT = prepared(`
  insert into webhook_attempt (attempt_id, feed_id, subscription_id, replay_id, tenant, topic, partition, "offset",
    event_id, event_type, events, attempt, started_at, duration_ms, outcome, status_code, reason, answer)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::bigint[],
    $9::uuid[], $10::text[], $11::int[], $12::int[], $13::timestamptz[], $14::int[], $15::text[], $16::int[],
    $17::text[], $18::text[])`);

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
    this.#waiting.push(toRow(report));
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

function toRow({ subscription, events, outcome, ...report }: AttemptReport) {
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
  };
}

/** Texts stay arrays, which the driver quotes. */
const columnsOf = (rows: readonly AttemptRow[]): unknown[] => [
  arrayLiteral(rows.map(({ attemptId }) => attemptId)),
  arrayLiteral(rows.map(({ feedId }) => feedId)),
  arrayLiteral(rows.map(({ subscriptionId }) => subscriptionId)),
  arrayLiteral(rows.map(({ replayId }) => replayId)),
  rows.map(({ tenant }) => withoutNul(tenant)),
  rows.map(({ topic }) => topic),
  arrayLiteral(rows.map(({ partition }) => partition)),
  arrayLiteral(rows.map(({ offset }) => offset)),
  arrayLiteral(rows.map(({ eventId }) => eventId)),
  rows.map(({ eventType }) => withoutNul(eventType)),
  arrayLiteral(rows.map(({ events }) => events)),
  arrayLiteral(rows.map(({ attempt }) => attempt)),
  arrayLiteral(rows.map(({ startedAt }) => startedAt)),
  arrayLiteral(rows.map(({ durationMs }) => durationMs)),
  rows.map(({ becomes }) => becomes),
  arrayLiteral(rows.map(({ status }) => status)),
  rows.map(({ reason }) => reason),
  rows.map(({ answer }) => answer),
];
