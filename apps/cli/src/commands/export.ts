import { Command, InvalidArgumentError, Option } from 'commander';
import { EVENT_CONTRACTS, EVENT_TOPICS } from '#libs/contracts';
import { type Bound, FILE_FORMATS, type FileFormat, parseBound } from '#libs/export/core';
import type { ExportResult } from '#libs/export/duckdb';
import { type RegistryAddress, RegistryClient } from '#libs/kafka';
import { systemClock } from '#libs/kernel';
import { cliSettings, print } from '../cli-settings.js';
import { OffsetsBar } from '../offsets-bar.js';
import { interruptible, withEventLog } from '../resources.js';

interface Options {
  readonly topics: readonly string[];
  readonly from?: Bound;
  readonly to?: Bound;
  readonly format: FileFormat;
  readonly out: string;
  readonly segmentMb: number;
}

const BOUND =
  'positions such as orders/3@17,orders/4@9, or a time such as 2026-01-31 or 2026-01-31T12:00:00Z';
const SEGMENT_MB = 64;
const MOST_SEGMENT_MB = 1_024;
/** Exit code of an export that lacks records, because they cannot be read. */
const REJECTED = 2;

/** Exits with 2 if records could not be read. They are named in the folder, and all others are exported. */
export function exportCommand(): Command {
  return new Command('export')
    .description('export events as files, by type and day; run again, it adds what is new')
    .requiredOption('--topics <list>', `separated by commas: ${EVENT_TOPICS.join(', ')}`, parseTopics)
    .requiredOption('--out <dir>', 'folder of the export')
    .addOption(
      new Option('--format <format>', 'format of the files').choices(FILE_FORMATS).default('parquet'),
    )
    .option('--from <bound>', `export events from there on: ${BOUND}`, parseBoundOption)
    .option('--to <bound>', 'export events before there: the same', parseBoundOption)
    .option(
      '--segment-mb <number>',
      'write files after so many megabytes of the log: memory grows with it',
      parseSegment,
      SEGMENT_MB,
    )
    .action(exportTopics);
}

/** @returns topics, each once */
export function parseTopics(text: string): string[] {
  const topics = text.split(',').map((topic) => topic.trim());
  if (topics.includes('')) throw new InvalidArgumentError('Name topics, separated by commas.');
  return [...new Set(topics)];
}

export function parseBoundOption(text: string): Bound {
  const bound = parseBound(text);
  if (!bound) throw new InvalidArgumentError(`Give ${BOUND}.`);
  return bound;
}

function parseSegment(text: string): number {
  const size = Number(text);
  if (!(size > 0 && size <= MOST_SEGMENT_MB))
    throw new InvalidArgumentError(`Give a number up to ${MOST_SEGMENT_MB}.`);
  return size;
}

async function exportTopics({ topics, from, to, format, out, segmentMb }: Options): Promise<void> {
  const settings = cliSettings();
  const bar = new OffsetsBar('export');
  // DuckDB takes a moment to load, which no other command should wait for.
  const { runExport } = await import('#libs/export/duckdb');
  const schemaVersion = schemaVersions(settings.kafka.registry);
  try {
    const result = await interruptible((signal) =>
      withEventLog(
        settings,
        (log) =>
          runExport(
            { topics, from, to, format, folder: out, segmentBytes: segmentMb * 1_048_576 },
            {
              log,
              contracts: EVENT_CONTRACTS,
              schemaVersion,
              clock: systemClock,
              random: Math.random,
              signal,
              progress: ({ done, total }) => bar.show(done, total),
            },
          ),
        signal,
      ),
    );
    bar.end();
    report(result, out);
  } finally {
    bar.end();
  }
}

function report({ read, isStopped, manifest }: ExportResult, out: string): void {
  const { rows, rejected } = manifest.run;
  if (isStopped) throw new Error(`stopped after ${numeral(read)} offsets; run the command again to go on`);
  print(`${out}: ${numeral(read)} offsets read, ${numeral(rows)} events added; ${sizeOf(manifest.files)}`);
  if (rejected === 0) return;
  process.stderr.write(
    `${numeral(rejected)} records cannot be read as events: ${out}/rejected.jsonl names them\n`,
  );
  process.exitCode = REJECTED;
}

function sizeOf(files: readonly { readonly rows: number }[]): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return `it holds ${numeral(rows)} in ${numeral(files.length)} files`;
}

const numeral = (count: number): string => count.toLocaleString('en');

/** Versions as the registry counts them. While it does not tell, the id stands for the version. */
function schemaVersions(
  address: RegistryAddress,
): (eventType: string, id: number) => Promise<number | string> {
  const registry = new RegistryClient(address);
  const subjects = new Map<string, string>(
    EVENT_CONTRACTS.map(({ eventType, subject }) => [eventType, subject]),
  );
  const known = new Map<string, Promise<readonly number[]>>();
  return async (eventType, id) => {
    const subject = subjects.get(eventType) ?? '';
    const ids = known.get(subject) ?? idsOf(registry, subject);
    known.set(subject, ids);
    const index = (await ids).indexOf(id);
    return index < 0 ? `id ${id}` : index + 1;
  };
}

const idsOf = (registry: RegistryClient, subject: string): Promise<readonly number[]> =>
  registry.versions(subject).then(
    (versions) => versions.map(({ id }) => id),
    () => [],
  );
