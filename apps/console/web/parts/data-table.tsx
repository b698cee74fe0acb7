import { Skeleton, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ProblemNotice } from './problem-notice';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers align to the right. */
  readonly isNumber?: boolean;
}

interface DataTableProps<Row> {
  /** Names the table for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** `undefined` while they load. */
  readonly rows: readonly Row[] | undefined;
  readonly rowKey: (row: Row) => string;
  readonly error?: unknown;
  /** Shown when there are no rows. */
  readonly empty: ReactNode;
}

const SKELETON_ROWS = 6;
/** Pixels: on narrow screens a table scrolls before its text is squeezed. */
const COLUMN_WIDTH = 130;

export function DataTable<Row>({ label, columns, rows, rowKey, error, empty }: DataTableProps<Row>) {
  if (error) return <ProblemNotice error={error} />;
  if (rows?.length === 0)
    return (
      <Text c="dimmed" size="sm" py="xs" component="div">
        {empty}
      </Text>
    );
  const alignOf = ({ isNumber }: Column<Row>) => (isNumber ? 'right' : 'left');
  return (
    // The keyboard scrolls what the mouse scrolls.
    <div className="scrolls" role="region" aria-label={label} tabIndex={0}>
      <Table
        miw={columns.length * COLUMN_WIDTH}
        verticalSpacing={6}
        highlightOnHover
        aria-busy={rows === undefined}
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.header} ta={alignOf(column)}>
                {column.header}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows?.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map((column) => (
                <Table.Td
                  key={column.header}
                  ta={alignOf(column)}
                  className={column.isNumber ? 'nowrap' : undefined}
                >
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
          {rows === undefined &&
            Array.from({ length: SKELETON_ROWS }, (_, row) => (
              <Table.Tr key={row}>
                {columns.map(({ header }) => (
                  <Table.Td key={header}>
                    <Skeleton height={14} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
