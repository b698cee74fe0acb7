import type { ColumnType } from './column-type.js';
import { literal, quotedName, sqlTypeOf } from './column-type.js';
import { COMMON_COLUMNS, type EventColumn, type EventTable, tableName } from './event-table.js';
import type { FileFormat } from './manifest.js';

const typed = ({ name, type }: EventColumn, value: string): string =>
  `cast(${value} as ${sqlTypeOf(type)}) as ${quotedName(name)}`;

/** `select` of the table's columns without a row. */
const nothing = ({ columns }: EventTable): string =>
  `select ${columns.map((column) => typed(column, 'null')).join(', ')} where false`;

/**
 * `select` of all rows in files, which may have been written before a column was added.
 * @param files their paths
 */
export function selectFromFiles(table: EventTable, format: FileFormat, files: readonly string[]): string {
  if (files.length === 0) return nothing(table);
  const { columns } = table;
  const list = `[${files.map(literal).join(', ')}]`;
  if (format === 'parquet') {
    const read = `read_parquet(${list}, union_by_name = true, hive_partitioning = false)`;
    const known = `select * from (${nothing(table)}) union all by name select * from ${read}`;
    return `select ${columns.map((column) => typed(column, quotedName(column.name))).join(', ')} from (${known})`;
  }
  const reader = format === 'csv' ? 'read_csv' : 'read_json';
  const options =
    format === 'csv'
      ? CSV_OPTIONS
      : `format = 'newline_delimited', columns = {${columns.map(jsonColumn).join(', ')}}`;
  const read = `${reader}(${list}, ${options}, hive_partitioning = false)`;
  return `select ${columns.map((column) => typed(column, valueIn(column, format))).join(', ')} from ${read}`;
}

/** A reader takes its buffer at once, and a topic's view has one reader for each type. */
const CSV_OPTIONS =
  'header = true, auto_detect = true, all_varchar = true, max_line_size = 4194304, buffer_size = 8388608';

const jsonColumn = ({ name, type }: EventColumn): string =>
  `${quotedName(name)}: ${literal(sqlTypeOf(type))}`;

const valueIn = ({ name, type }: EventColumn, format: FileFormat): string =>
  format === 'csv' && isNested(type) ? `cast(${quotedName(name)} as json)` : quotedName(name);

const isNested = ({ kind }: ColumnType): boolean => kind === 'list' || kind === 'map' || kind === 'struct';

/** A view of all events of a topic: the common columns, the type, and the rest as JSON. */
export function topicView(topic: string, tables: readonly EventTable[]): string {
  const selects = tables.map((table) => {
    const common = table.columns.slice(0, COMMON_COLUMNS.length).map(({ name }) => quotedName(name));
    const own = table.columns
      .slice(COMMON_COLUMNS.length)
      .map(({ name }) => `${quotedName(name)} := ${quotedName(name)}`);
    const data = own.length > 0 ? `to_json(struct_pack(${own.join(', ')}))` : `json '{}'`;
    return `select ${common.join(', ')}, ${literal(table.eventType)} as event_type, ${data} as data from ${quotedName(table.name)}`;
  });
  // One topic of several that hold the same types, as only tests have them.
  return `create view ${quotedName(tableName(topic))} as ${selects.map((select) => `${select} where _topic = ${literal(topic)}`).join(' union all ')}`;
}

/** Tables of a topic: those of the catalogue, and others that were met in it. */
export const tablesOf = (
  tables: readonly EventTable[],
  topic: string,
  met: ReadonlySet<string> = new Set(),
): EventTable[] => tables.filter((table) => table.topic === topic || met.has(table.eventType));

const WORD = /\w+/g;

/**
 * The tables that SQL may need: those that it names, or that a topic has whose view it names. (DuckDB's own list of names is
 * empty for some joins.)
 */
export function neededTables(
  sql: string,
  topics: readonly string[],
  tables: readonly EventTable[],
): EventTable[] {
  const words = new Set(sql.toLowerCase().match(WORD));
  const whole = new Set(topics.filter((topic) => words.has(tableName(topic).toLowerCase())));
  const isOfCatalogue = (topic: string): boolean => tables.some((table) => table.topic === topic);
  if ([...whole].some((topic) => !isOfCatalogue(topic))) return [...tables];
  return tables.filter(({ topic, name }) => whole.has(topic) || words.has(name.toLowerCase()));
}
