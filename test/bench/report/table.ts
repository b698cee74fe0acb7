export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** Lines of a table with aligned columns; a row that is one text goes across. */
export function table(columns: readonly Column[], rows: readonly (readonly string[] | string)[]): string[] {
  const cells = rows.filter((row) => typeof row !== 'string');
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const text = row[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    line(columns.map(({ title }) => title)),
    rule,
    ...rows.map((row) => (typeof row === 'string' ? row : line(row))),
  ];
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Three digits that mean something. */
export const short = (value: number): string =>
  value >= 100 ? whole(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
