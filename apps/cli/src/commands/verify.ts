import { Command } from 'commander';
import {
  equalsLog,
  partitionEqualsLog,
  type PartitionVerification,
  type PostgresTransaction,
  type ProjectionVerification,
  type RowDifference,
  type VerificationProgress,
  verifyProjection,
} from '#libs/projections/postgres';
import type { Settings } from '#libs/platform';
import type { Projection } from '#libs/projections/core';
import { cliSettings, print } from '../cli-settings.js';
import { ProgressBar, withEventLog } from '../resources.js';
import { READ_MODEL_NAMES, readModelNamed } from './read-model-names.js';
import { formatPosition, topicPartitionKey } from '#libs/kernel';

/** Exits with 1 when a read model differs from the log, or has stopped. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('compare read models with the log, row by row, while projectors keep running')
    .argument('[projection...]', READ_MODEL_NAMES.join(', '), READ_MODEL_NAMES)
    .option('--json', 'print the findings as JSON')
    .action(async (asked: string[], { json }: { json?: boolean }) => {
      const projections = await Promise.all(
        [...new Set(asked)].map((name) => readModelNamed(name, 'verify')),
      );
      const all: object[] = [];
      for (const projection of projections) {
        const { name } = projection;
        const found = await verify(cliSettings(), projection);
        if (found && !isSound(found)) process.exitCode = 1;
        all.push(found ? { ...found, equalsLog: equalsLog(found) } : { projection: name, equalsLog: null });
        if (!json) print(found ? verifyReport(found) : `${name}: no projector has begun it`);
      }
      if (json) print(JSON.stringify(all, undefined, 2));
    });
}

const isSound = (found: ProjectionVerification): boolean =>
  equalsLog(found) && found.partitions.every(({ fault }) => fault === undefined);

async function verify(
  settings: Settings,
  projection: Projection<PostgresTransaction>,
): Promise<ProjectionVerification | undefined> {
  // Shown on terminals only. Counts events, while the end is known in log offsets, some of which are no events.
  const bar = new ProgressBar({
    format: `${projection.name} {bar} {value} events of at most {total} offsets`,
    formatValue: (value, _, type) => (type === 'percentage' ? String(value) : value.toLocaleString('en')),
    clearOnComplete: true,
  });
  // Several passes may read more events than the log has.
  const progress = ({ read, total }: VerificationProgress): void => bar.show(read, Math.max(read, total));
  try {
    const { database } = settings;
    return await withEventLog(settings, (log) => verifyProjection({ database, log, projection, progress }));
  } finally {
    bar.end();
  }
}

const MOST_OF_VALUE = 80;
const HEADINGS = ['partition', 'events', 'rows', 'digest', 'verdict'];

/** The result for one projection, for people. */
function verifyReport(found: ProjectionVerification): string {
  const { projection, build, version, codeVersion, partitions, surplus } = found;
  const verdict = equalsLog(found) ? 'equals the log' : 'DIFFERS from the log';
  const listed = [...partitions.flatMap(({ differences }) => differences), ...(surplus?.rows ?? [])];
  const count = partitions.reduce((sum, { differing }) => sum + differing, surplus?.count ?? 0);
  return [
    `${projection}, build ${build} of version ${version}: ${verdict}`,
    ...(version === codeVersion
      ? []
      : [`  This code is version ${codeVersion}, which may build different rows from the same events.`]),
    ...aligned([HEADINGS, ...partitions.map(cellsOf)]).map((line) => `  ${line}`),
    ...(surplus?.count ? [`  ${rowsOf(surplus.count)} that no event has led to`] : []),
    ...listed.map((difference) => `  ${differenceLine(difference)}`),
    ...(count > listed.length ? [`  … and ${rowsOf(count - listed.length)} more`] : []),
  ].join('\n');
}

function cellsOf(found: PartitionVerification): string[] {
  const { topic, partition, events, expected, actual, skipped, obstacle, fault } = found;
  const notes = [
    partitionEqualsLog(found) ? 'equal' : differenceOf(found),
    ...(skipped > 0 ? [`${numeral(skipped)} events left out by command`] : []),
    ...(fault
      ? [`STOPPED at ${formatPosition({ topic, partition, offset: fault.offset })}: ${fault.reason}`]
      : []),
  ];
  const place = topicPartitionKey({ topic, partition });
  return obstacle === undefined
    ? [place, numeral(events), numeral(actual.rows), expected.digest, notes.join('; ')]
    : [place, '', '', '', notes.join('; ')];
}

function differenceOf({ obstacle, differing, expected, actual }: PartitionVerification): string {
  if (obstacle !== undefined) return `DIFFERS: it has passed what cannot be taken: ${obstacle}`;
  return `DIFFERS: ${numeral(differing)} of ${rowsOf(expected.rows)}; the digest of what is there is ${actual.digest}`;
}

function differenceLine({ kind, table, key, columns }: RowDifference): string {
  const which = Object.entries(key).map(([name, value]) => `${name} ${value}`);
  const what = (columns ?? []).map(
    ({ column, expected, actual }) => `${column} must be ${shortened(expected)} and is ${shortened(actual)}`,
  );
  return [`${kind} in ${table}`, which.join(', '), ...(what.length > 0 ? [what.join('; ')] : [])].join(': ');
}

const numeral = (count: number): string => count.toLocaleString('en');
const rowsOf = (count: number): string => `${numeral(count)} ${count === 1 ? 'row' : 'rows'}`;

function shortened(value: string | null): string {
  if (value === null) return 'absent';
  return value.length > MOST_OF_VALUE ? `${value.slice(0, MOST_OF_VALUE)}…` : value;
}

/** Pads all columns except the last. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, index) => (index < row.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell)).join('  '),
  );
}
