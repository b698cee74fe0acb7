import type { DuckDBResultReader } from '@duckdb/node-api';
import { ExactNumber, type QueryRows } from './result-text.js';

/** The names of DuckDB's types of numbers begin so. */
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL)/;
const WHOLE = /^(?:U?(?:BIG|HUGE)INT)$/;

/** A result's rows, with numbers as numbers. */
export function queryRows(result: DuckDBResultReader): QueryRows {
  const types = result.columnTypes().map(String);
  const columns = result
    .columnNames()
    .map((name, index) => ({ name, isNumber: NUMBERS.test(types[index] ?? '') }));
  // In its JSON form, DuckDB's client gives exact numbers as texts.
  const rows = result.getRowsJson().map((row) =>
    row.map((value, index) => {
      const type = types[index] ?? '';
      if (typeof value !== 'string') return value;
      if (WHOLE.test(type)) return BigInt(value);
      return type.startsWith('DECIMAL') ? new ExactNumber(value) : value;
    }),
  );
  return { columns, rows };
}
