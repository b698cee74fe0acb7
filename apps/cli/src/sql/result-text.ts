export const RESULT_FORMATS = ['table', 'csv', 'json', 'chart'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** A decimal number as it is written: one of JavaScript's would round it. */
export class ExactNumber {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** Rows of a query. Numbers come as numbers, bigints or {@link ExactNumber}, other values as DuckDB shows them in JSON. */
export interface QueryRows {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

export interface QueryColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

/** The rows as text, without an end of line. */
export function resultText(result: QueryRows, format: ResultFormat): string {
  switch (format) {
    case 'table':
      return tableText(result);
    case 'csv':
      return csvText(result);
    case 'json':
      return jsonText(result);
    case 'chart':
      return chartText(result);
  }
}

function tableText({ columns, rows }: QueryRows): string {
  const cells = rows.map((row) => row.map(cellText));
  const widths = columns.map(({ name }, index) => widest([name, ...cells.map((row) => row[index] ?? '')]));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.isNumber))
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ name }) => name)),
    line(widths.map((width) => '─'.repeat(width))),
    ...cells.map(line),
    `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`,
  ].join('\n');
}

const csvText = ({ columns, rows }: QueryRows): string =>
  [columns.map(({ name }) => name), ...rows.map((row) => row.map(valueText))]
    .map((row) => row.map(csvCell).join(','))
    .join('\n');

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Whole numbers of any size are numbers in JSON, though JavaScript's own reader rounds them. */
function jsonText({ columns, rows }: QueryRows): string {
  const objects = rows.map((row) => {
    const fields = columns.map(({ name }, index) => `${JSON.stringify(name)}: ${jsonValue(row[index])}`);
    return `  {${fields.join(', ')}}`;
  });
  return objects.length === 0 ? '[]' : `[\n${objects.join(',\n')}\n]`;
}

const jsonValue = (value: unknown): string =>
  typeof value === 'bigint' || value instanceof ExactNumber ? String(value) : JSON.stringify(value);

const BAR_WIDTH = 40;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Bars of rows with different values here have scales of their own, since 100 JPY are not 100 EUR. */
const UNIT = 'currency';

/** A bar for each row: as long as its last number, behind all its other values. */
function chartText(result: QueryRows): string {
  const { columns, rows } = result;
  const at = columns.findLastIndex(({ isNumber }) => isNumber);
  if (at < 0 || rows.length === 0) return tableText(result);
  const labels = rows.map((row) => row.filter((_, index) => index !== at).map(cellText));
  const heads = columns.filter((_, index) => index !== at);
  const widths = heads.map(({ name }, index) => widest([name, ...labels.map((label) => label[index] ?? '')]));
  const values = rows.map((row) => cellText(row[at]));
  const valueWidth = widest([columns[at]?.name ?? '', ...values]);
  const unit = columns.findIndex(({ name }) => name === UNIT);
  const most = new Map<unknown, number>();
  for (const row of rows) most.set(row[unit], Math.max(most.get(row[unit]) ?? 0, numberOf(row[at])));
  const line = (label: readonly string[], value: string, bar: string): string => {
    const cells = label.map((cell, index) => padded(cell, widths[index] ?? 0, heads[index]?.isNumber));
    return [...cells, value.padStart(valueWidth), bar].join('  ').trimEnd();
  };
  return [
    line(
      heads.map(({ name }) => name),
      columns[at]?.name ?? '',
      '',
    ),
    ...rows.map((row, index) =>
      line(labels[index] ?? [], values[index] ?? '', bar(numberOf(row[at]), most.get(row[unit]) ?? 0)),
    ),
  ].join('\n');
}

function bar(value: number, most: number): string {
  if (!(value > 0) || !(most > 0)) return '';
  const eighths = Math.max(1, Math.round((value / most) * BAR_WIDTH * EIGHTHS.length));
  return '█'.repeat(Math.floor(eighths / EIGHTHS.length)) + EIGHTHS[eighths % EIGHTHS.length];
}

const numberOf = (value: unknown): number => (value === null ? 0 : Number(value));

const padded = (text: string, width: number, isNumber = false): string =>
  isNumber ? text.padStart(width) : text.padEnd(width);

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));

/** Control characters would move the cursor. */
const cellText = (value: unknown): string =>
  valueText(value).replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof ExactNumber) return value.toString();
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
