import { type ColumnType, quotedName } from './column-type.js';
import type { EventTable } from './event-table.js';
import type { FileFormat } from './manifest.js';

/** RFC 3339 in UTC, as everywhere else in the product. */
const TIME_FORMAT = `'%Y-%m-%dT%H:%M:%S.%gZ'`;

/** The columns of a table as a file of that format holds them. */
export const fileColumns = ({ columns }: EventTable, format: FileFormat): string =>
  columns
    .map(({ name, type }) => `${fileValue(quotedName(name), type, format)} as ${quotedName(name)}`)
    .join(', ');

/** Parquet has all types. JSON has no times, and CSV has nothing but texts. */
function fileValue(column: string, type: ColumnType, format: FileFormat): string {
  if (format === 'parquet') return column;
  switch (type.kind) {
    case 'millis':
    case 'micros':
      return `strftime(${column}, ${TIME_FORMAT})`;
    case 'list':
    case 'map':
    case 'struct':
      return format === 'csv' ? `to_json(${column})` : column;
    default:
      return column;
  }
}

/** Options of DuckDB's `copy … to`. */
export const COPY_OPTIONS: Readonly<Record<FileFormat, string>> = {
  parquet: 'format parquet, compression zstd',
  jsonl: 'format json',
  csv: 'format csv, header',
};
