import { Spoiler } from '@mantine/core';
import { type Column, DataTable } from '../../../parts/data-table';

type Header = readonly [name: string, value: string];

const COLUMNS: readonly Column<Header>[] = [
  { header: 'Header', cell: ([name]) => name },
  { header: 'Value', cell: ([, value]) => <span style={{ overflowWrap: 'anywhere' }}>{value}</span> },
];

interface HeaderTableProps {
  readonly label: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers of a request or an answer; many fold away. */
export function HeaderTable({ label, headers }: HeaderTableProps) {
  return (
    <Spoiler maxHeight={220} showLabel="Show all headers" hideLabel="Show fewer">
      <DataTable
        label={label}
        columns={COLUMNS}
        rows={Object.entries(headers)}
        rowKey={([name]) => name}
        empty="No headers."
      />
    </Spoiler>
  );
}
