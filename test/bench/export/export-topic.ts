/** One export, or one question, as the command line does it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { STARTER_QUERIES } from '#libs/export/core';
import { openExportSql, openLogSql, runExport } from '#libs/export/duckdb';
import { systemClock } from '#libs/kernel';
import { connectLog } from '#libs/testing';
import { serveJobs } from '../measuring/worker.js';
import { type Run, stopwatch } from '../project/runs.js';

export interface ExportJob {
  readonly what: 'export' | 'sql';
  readonly topic: string;
  readonly events: number;
  /** For the files. */
  readonly directory: string;
}

const SEGMENT_BYTES = 64 * 1_048_576;

type Connected = Awaited<ReturnType<typeof connectLog>>;

async function measure(job: ExportJob): Promise<Run> {
  const connected = await connectLog();
  try {
    return await (job.what === 'export' ? exported(job, connected) : asked(job, connected));
  } finally {
    await connected.close();
  }
}

const ports = ({ log }: Connected) => ({
  log,
  contracts: EVENT_CONTRACTS,
  clock: systemClock,
  random: Math.random,
  signal: new AbortController().signal,
  progress: () => undefined,
});

async function exported({ topic, events, directory }: ExportJob, connected: Connected): Promise<Run> {
  const folder = await mkdtemp(join(directory, 'export-'));
  try {
    const elapsed = stopwatch();
    await runExport(
      { topics: [topic], format: 'parquet', folder, segmentBytes: SEGMENT_BYTES },
      { ...ports(connected), schemaVersion: async () => 1 },
    );
    const { seconds, micros } = elapsed();
    const session = await openExportSql(folder, EVENT_CONTRACTS);
    const counted = await session.run(`select count(*)::int, count(distinct event_id)::int from ${topic}`);
    await session.close();
    const [rows = 0, ids = 0] = (counted.getRows()[0] ?? []) as number[];
    const isWhole = rows === events && ids === events;
    const lost = isWhole ? {} : { lost: `${rows} rows and ${ids} ids of ${events} events` };
    return { events, seconds, cpuMicros: micros / events, rows, ...lost };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Revenue by day reads two of the event types; all are decoded for a question about the whole topic. */
async function asked({ topic, events }: ExportJob, connected: Connected): Promise<Run> {
  const revenue = STARTER_QUERIES.find(({ name }) => name === 'revenue-by-day')?.sql ?? '';
  const sql = `with revenue as (${revenue}) select count(*)::int, (select sum(revenue) from revenue) from ${topic}`;
  const elapsed = stopwatch();
  const session = await openLogSql({ topics: [topic], sql }, ports(connected));
  const answer = await session.run(sql);
  const { seconds, micros } = elapsed();
  await session.close();
  const rows = answer.getRows()[0]?.[0] as number;
  const lost = rows === events ? {} : { lost: `${rows} of ${events} events` };
  return { events, seconds, cpuMicros: micros / events, rows, ...lost };
}

serveJobs(measure);
