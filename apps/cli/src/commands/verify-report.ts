import { formatPosition, topicPartitionKey } from '#libs/kernel';
import {
  equalsLog,
  partitionEqualsLog,
  type PartitionVerification,
  type ProjectionVerification,
  type RowDifference,
} from '#libs/projections/postgres';

const MOST_OF_VALUE = 80;
const HEADINGS = ['partition', 'events', 'rows', 'digest', 'verdict'];

/** The result for one projection, for people. */
export function verifyReport(found: ProjectionVerification): string {
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
