import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { arrayColumns, isDataFault, type PooledPrisma, prepared, PrismaService } from '#libs/postgres';
import type { AttemptReport } from '../core/ports.js';
import {
  type CountedStep,
  type MinuteCount,
  countedStepsOf,
  TallyCounts,
} from '../core/tallies/tally-counts.js';
import { TALLY_STEPS } from '../core/tallies/tally-periods.js';

/** Attempts show in the metrics this much later. A subscription costs few writes, however many attempts it has. */
const INTERVAL_MS = 5_000;
/** Counts per statement. Each adds to a row of each length. */
const BATCH = 500;
/** Counts that wait while the database is down, some 10 MB. One tenant gets at most half. */
const CAPACITY = 30_000;

const dropped = new Counter({
  name: 'orderstream_webhook_tally_dropped_total',
  help: 'Delivery attempts missing from the metrics of subscriptions because the database was unavailable for too long.',
});

/** Rows come in the order of the key, so two processes that add to the same ones cannot wait for each other in a circle. */
const ADD = prepared(`
  insert into webhook_tally as tally (subscription_id, step_minutes, started_at, status_code, attempts, durations)
  select subscription_id, step_minutes, started_at, status_code, attempts, durations::bigint[]
  from unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[])
    as row (subscription_id, step_minutes, started_at, status_code, attempts, durations)
  on conflict (subscription_id, step_minutes, started_at, status_code) do update
  set attempts = tally.attempts + excluded.attempts, durations = (
    select array_agg(coalesce(before, 0) + coalesce(more, 0) order by bucket)
    from unnest(tally.durations, excluded.durations) with ordinality as both_sides (before, more, bucket)
  )`);

const FORGET = 'delete from webhook_tally where step_minutes = $1 and started_at < $2::timestamptz';

/**
 * Counts the attempts of live delivery, and adds them up in the database in the background, so that nobody has to read the
 * delivery log for metrics. Delivery never waits for it. A write whose answer is lost is repeated, and may count twice.
 */
@Injectable()
export class TallyLog {
  readonly #logger = new Logger(TallyLog.name);
  readonly #counts = new TallyCounts(CAPACITY);
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #isAway = false;

  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.#flush(), INTERVAL_MS);
  }

  /** Writes what is left if the database answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#flush();
  }

  /** Replays don't count, as they may have another URL, nor do attempts that we cut short. */
  record({ subscription, replayId, becomes, outcome, startedAt, durationMs }: AttemptReport): void {
    if (replayId !== null || becomes === 'cut-short') return;
    const { tenant, subscriptionId } = subscription;
    const { status } = outcome;
    if (!this.#counts.count({ tenant, subscriptionId, startedAt, durationMs, status })) dropped.inc();
  }

  /** Deletes what no period shows any more. */
  async forget(now = Date.now()): Promise<void> {
    for (const { stepMinutes, keptMs } of TALLY_STEPS)
      await this.prisma.pool.query(FORGET, [stepMinutes, new Date(now - keptMs).toISOString()]);
  }

  #flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const counts = this.#counts.take();
    while (counts.length > 0) {
      const some = counts.splice(0, BATCH);
      try {
        await this.prisma.pool.query(ADD(columnsOf(countedStepsOf(some))));
        this.#isAway = false;
      } catch (error) {
        this.#failed(error as Error);
        // Counts that the database can never store must not block the others.
        if (isDataFault(error)) this.#drop(some);
        else return this.#putBack([...some, ...counts]);
      }
    }
  }

  #putBack(counts: readonly MinuteCount[]): void {
    this.#drop(counts.filter((count) => !this.#counts.add(count)));
  }

  #drop(counts: readonly MinuteCount[]): void {
    for (const { attempts } of counts) dropped.inc(attempts);
  }

  #failed(error: Error): void {
    if (!this.#isAway) this.#logger.warn(`the metrics of subscriptions cannot be written: ${error.message}`);
    this.#isAway = true;
  }
}

const columnsOf = (steps: readonly CountedStep[]): unknown[] => [
  ...arrayColumns(steps, 'subscriptionId', 'stepMinutes'),
  steps.map(({ startedAt }) => new Date(startedAt).toISOString()),
  ...arrayColumns(steps, 'statusCode', 'attempts'),
  steps.map(({ durations }) => `{${durations.join(',')}}`),
];
