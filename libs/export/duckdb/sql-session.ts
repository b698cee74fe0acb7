import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventContract } from '#libs/contracts';
import {
  type Clock,
  formatPosition,
  messageOf,
  type Random,
  type RejectedRecord,
  retryWhileUnavailable,
} from '#libs/kernel';
import { quotedName } from '../core/column-type.js';
import { type EventTable, eventTable } from '../core/event-table.js';
import { type LogToExport, walkLog } from '../core/log-walk.js';
import { countToRead, type ExportManifest } from '../core/manifest.js';
import { moneyMacro } from '../core/money-macro.js';
import { neededTables, selectFromFiles, tablesOf, topicView } from '../core/views.js';
import { type Bound, wantedRanges } from '../core/wanted-range.js';
import { type Database, openDatabase } from './database.js';
import { columnList, EventBuffer } from './event-buffer.js';
import { readExportManifest } from './export-folder.js';

/** What SQL is about. */
export interface SqlSession {
  /** The events that it sees end before these positions. */
  readonly until: readonly string[];
  readonly events: number;
  readonly rejected: readonly RejectedRecord[];
  /** The last statement's rows. @throws what DuckDB says of it */
  run(sql: string): Promise<DuckDBResultReader>;
  close(): Promise<void>;
}

const EXTRACT = 'Failed to extract statements: ';

/** Runs all statements. Asked with all of them at once, the client gives the rows of the first one. */
async function lastRows(connection: DuckDBConnection, sql: string): Promise<DuckDBResultReader> {
  const statements = await connection.extractStatements(sql).catch((error: Error) => {
    // The client has no words for text without a statement.
    const [, reason = 'there is no statement in the SQL'] = error.message.split(EXTRACT);
    throw new Error(reason, { cause: error });
  });
  // The usual question goes the short way: a prepared one has run out of memory in a test.
  if (statements.count === 1) return connection.runAndReadAll(sql);
  for (let index = 0; ; index++) {
    // A statement may need what the one before has made.
    const statement = await statements.prepare(index);
    try {
      const rows = await statement.runAndReadAll();
      if (index === statements.count - 1) return rows;
    } finally {
      statement.destroySync();
    }
  }
}

/** Opens a database that goes when it is closed. */
async function openSession(): Promise<{ database: Database; close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'orderstream-sql-'));
  // In a file, DuckDB keeps columns compressed, and less of them in memory.
  const database = await openDatabase({ spillDirectory: directory, path: join(directory, 'events.duckdb') });
  return {
    database,
    close: async () => {
      database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** SQL over an export: each event type, and each topic, is a view of the files that the manifest names. */
export async function openExportSql(
  folder: string,
  contracts: readonly EventContract[],
): Promise<SqlSession> {
  const manifest = await readExportManifest(folder);
  const { database, close } = await openSession();
  const { connection } = database;
  const tables = contracts.map(eventTable);
  const made = new Set<EventTable>();
  for (const topic of Object.keys(manifest.topics)) {
    const met = new Set(manifest.files.filter((file) => file.topic === topic).map((file) => file.eventType));
    const ofTopic = tablesOf(tables, topic, met);
    for (const table of ofTopic.filter((each) => !made.has(each))) {
      const files = filesOf(folder, manifest, table);
      const select = selectFromFiles(table, manifest.format, files);
      await connection.run(`create view ${quotedName(table.name)} as ${select}`);
      made.add(table);
    }
    if (ofTopic.length > 0) await connection.run(topicView(topic, ofTopic));
  }
  await connection.run(moneyMacro());
  const partitions = Object.entries(manifest.topics).flatMap(([topic, exported]) =>
    Object.entries(exported.partitions).map(([partition, { to, rows }]) => ({
      position: formatPosition({ topic, partition: Number(partition), offset: to }),
      rows,
    })),
  );
  return {
    until: partitions.map(({ position }) => position),
    events: partitions.reduce((sum, { rows }) => sum + rows, 0),
    rejected: [],
    run: (sql) => lastRows(connection, sql),
    close,
  };
}

function filesOf(folder: string, { files }: ExportManifest, { eventType }: EventTable): string[] {
  const paths = files.filter((file) => file.eventType === eventType).map(({ path }) => join(folder, path));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new Error(`the export is not whole: ${missing} is missing`);
  return paths;
}

export interface LogSqlOptions {
  readonly topics: readonly string[];
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
  /** Events of other types than it reads are left out. */
  readonly sql: string;
}

export interface LogSqlPorts {
  readonly log: LogToExport;
  readonly contracts: readonly EventContract[];
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly progress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** SQL straight over the log: reads the topics into tables first, in a file that goes when the session is closed. */
export async function openLogSql(options: LogSqlOptions, ports: LogSqlPorts): Promise<SqlSession> {
  const { log } = ports;
  const { topics } = options;
  const ask = () => wantedRanges(log, topics, options.from, options.to);
  const wanted = await retryWhileUnavailable(ask, ports, ports.signal);
  const { database, close } = await openSession();
  try {
    const { connection } = database;
    const all = ports.contracts.map(eventTable);
    const isCatalogued = topics.every((topic) => all.some((table) => table.topic === topic));
    // Only tests have events in other topics than the catalogue says.
    const tables = isCatalogued ? all.filter(({ topic }) => topics.includes(topic)) : all;
    const needed = neededTables(options.sql, topics, tables);
    const buffers = new Map<string, EventBuffer>();
    for (const table of tables) {
      if (needed.includes(table)) buffers.set(table.eventType, await EventBuffer.open(connection, table));
      else await connection.run(`create table ${quotedName(table.name)} (${columnList(table)})`);
    }
    const parts = wanted
      .filter(({ range: [from, to] }) => from < to)
      .map(({ topic, partition, range }) => ({ topic, partition, ranges: [range] }));
    const isWanted = (eventType: string): boolean => buffers.has(eventType);
    const loaded = buffers.size === 0 ? NOTHING : await load(parts, buffers, { ...ports, isWanted });
    for (const buffer of buffers.values()) buffer.close();
    for (const topic of topics)
      await connection.run(topicView(topic, isCatalogued ? tablesOf(tables, topic) : tables));
    await connection.run(moneyMacro());
    const until = wanted.map(({ topic, partition, range: [, offset] }) =>
      formatPosition({ topic, partition, offset }),
    );
    return { until, ...loaded, run: (sql) => lastRows(connection, sql), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const NOTHING = { events: 0, rejected: [] as readonly RejectedRecord[] };

async function load(
  parts: Parameters<typeof walkLog>[0],
  buffers: ReadonlyMap<string, EventBuffer>,
  ports: LogSqlPorts & { readonly isWanted: (eventType: string) => boolean },
): Promise<{ readonly events: number; readonly rejected: readonly RejectedRecord[] }> {
  const total = countToRead(parts);
  let done = 0;
  let events = 0;
  const rejected: RejectedRecord[] = [];
  for await (const batch of walkLog(parts, ports)) {
    for (const event of batch.events) {
      try {
        const buffer = buffers.get(event.type);
        buffer?.add(event);
        if (buffer) events++;
      } catch (error) {
        rejected.push({ position: event.position, reason: messageOf(error) });
      }
    }
    rejected.push(...batch.rejected);
    done += batch.next - batch.first;
    ports.progress({ done, total });
  }
  if (ports.signal.aborted) throw new Error('stopped before all events were read');
  for (const buffer of buffers.values()) buffer.flush();
  return { events, rejected };
}
