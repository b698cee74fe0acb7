/** One rebuild as the command line does it, and how long its parts take. */
import { STOCK_AGGREGATE } from '#libs/inventory';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { Client } from 'pg';
import {
  EVENT_INDEX_PROJECTION,
  READ_MODELS,
  STATISTICS_PROJECTION,
  TIMELINE_PROJECTION,
} from '#libs/projections/read-models';
import { rebuildProjection } from '#libs/projections/postgres';
import { connectLog, onServer, testSettings } from '#libs/testing';
import { serveJobs } from '../measuring/worker.js';
import { openProfiler } from '../profile/session.mjs';
import { RebuildClock } from './rebuild-clock.js';
import { type Filled, type Run, stopwatch } from './runs.js';

export interface RebuildJob {
  readonly projection: string;
  readonly events: number;
  readonly filled: Filled;
}

async function rebuild({ projection: name, events, filled }: RebuildJob): Promise<Run> {
  const projection = READ_MODELS.find((each) => each.name === name);
  if (!projection) throw new Error(`there is no projection ${name}`);
  const { database } = testSettings();
  const { log, close } = await connectLog();
  // Writes left over from earlier runs must not count against this one.
  await onServer(database.url, (client) => client.query('checkpoint'));
  const clock = new RebuildClock();
  const elapsed = stopwatch();
  await recorded(process.env.BENCH_PROFILE, () =>
    rebuildProjection({
      database,
      projection,
      log: {
        fetch: (from, maxBytes) => {
          clock.loading(from);
          return log.fetch(from, maxBytes);
        },
        endOffsets: (topics) => log.endOffsets(topics),
        hasGaps: (at) => log.hasGaps(at),
      },
      changed: () => undefined,
      signal: new AbortController().signal,
    }),
  );
  const { micros } = elapsed();
  const { seconds, phases } = clock.result();
  await close();
  const rows = await onServer(database.url, (client) => rowsOf(client, projection.tables));
  const lost = await onServer(database.url, (client) => lostOf(client, name, filled));
  return { events, seconds, cpuMicros: micros / events, phases, rows, ...(lost && { lost }) };
}

/** Rows of all the tables. */
async function rowsOf(client: Client, tables: readonly string[]): Promise<number> {
  const counts = tables.map((table) => `(select count(*) from "${table}")`);
  const { rows } = await client.query<{ count: string }>(`select ${counts.join(' + ')} as count`);
  return Number(rows[0]?.count);
}

interface Sum {
  readonly of: string;
  readonly select: string;
  readonly expected: (filled: Filled) => number;
}

/** The tables must hold everything that was appended. The versions of all streams add up to their events. */
const SUMS: Readonly<Record<string, readonly Sum[]>> = {
  [ORDER_AGGREGATE.table.projection]: [
    { of: 'orders', select: 'count(*) from "order"', expected: ({ orders }) => orders },
    { of: 'events', select: 'sum(version) from "order"', expected: ({ events }) => events },
  ],
  [TIMELINE_PROJECTION]: [
    { of: 'events', select: 'count(*) from order_timeline', expected: ({ events }) => events },
  ],
  [EVENT_INDEX_PROJECTION]: [
    {
      of: 'events',
      select: 'count(*) from event_index',
      expected: ({ events, stockEvents }) => events + stockEvents,
    },
  ],
  [STATISTICS_PROJECTION]: [
    { of: 'orders', select: 'count(*) from order_fact', expected: ({ orders }) => orders },
    { of: 'orders counted', select: 'sum(orders) from order_statistics', expected: ({ orders }) => orders },
  ],
  [STOCK_AGGREGATE.table.projection]: [
    { of: 'articles', select: 'count(*) from stock_item', expected: ({ skus }) => skus },
    { of: 'events', select: 'sum(version) from stock_item', expected: ({ stockEvents }) => stockEvents },
  ],
};

/** @returns what is not as it was appended; nothing when all is there. */
async function lostOf(client: Client, projection: string, filled: Filled): Promise<string | undefined> {
  const sums = SUMS[projection];
  if (!sums) throw new Error(`nothing says how many rows ${projection} must have`);
  const faults: string[] = [];
  for (const { of, select, expected } of sums) {
    const { rows } = await client.query<{ found: string | null }>(
      `select ${select.replace(' from', ' as found from')}`,
    );
    const found = Number(rows[0]?.found);
    if (found !== expected(filled)) faults.push(`${found} of ${expected(filled)} ${of}`);
  }
  return faults.length > 0 ? faults.join(', ') : undefined;
}

/** Runs the work under V8's profiler when a file is given for what it sees. */
async function recorded<Result>(file: string | undefined, work: () => Promise<Result>): Promise<Result> {
  if (!file) return work();
  const profiler = await openProfiler();
  await profiler.start();
  const result = await work();
  await profiler.finish(file);
  return result;
}

serveJobs(rebuild);
