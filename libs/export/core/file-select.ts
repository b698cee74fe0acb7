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
  const value = withTimesAsTexts(column, type);
  const isNested = type.kind === 'list' || type.kind === 'map' || type.kind === 'struct';
  return isNested && format === 'csv' ? `to_json(${value})` : value;
}

/** @param depth of the lists and maps around the value, each of whose lambdas has a name of its own */
function withTimesAsTexts(value: string, type: ColumnType, depth = 0): string {
  if (!holdsTimes(type)) return value;
  const item = `item_${depth}`;
  switch (type.kind) {
    case 'list':
      return `list_transform(${value}, lambda ${item}: ${withTimesAsTexts(item, type.items, depth + 1)})`;
    case 'map': {
      const entry = `struct_pack(k := ${item}.key, v := ${withTimesAsTexts(`${item}.value`, type.values, depth + 1)})`;
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`;
    }
    case 'struct': {
      const fields = type.fields.map((field) => {
        const name = quotedName(field.name);
        return `${name} := ${withTimesAsTexts(`(${value}).${name}`, field.type, depth)}`;
      });
      return `case when ${value} is not null then struct_pack(${fields.join(', ')}) end`;
    }
    default:
      return `strftime(${value}, ${TIME_FORMAT})`;
  }
}

function holdsTimes(type: ColumnType): boolean {
  switch (type.kind) {
    case 'millis':
    case 'micros':
      return true;
    case 'list':
      return holdsTimes(type.items);
    case 'map':
      return holdsTimes(type.values);
    case 'struct':
      return type.fields.some((field) => holdsTimes(field.type));
    default:
      return false;
  }
}

/** Options of DuckDB's `copy … to`. */
export const COPY_OPTIONS: Readonly<Record<FileFormat, string>> = {
  parquet: 'format parquet, compression zstd',
  jsonl: 'format json',
  csv: 'format csv, header',
};
