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

/** Headers of a request or an answer, folded away until somebody looks. */
export function HeaderTable({ label, headers }: HeaderTableProps) {
  const fields = Object.entries(headers);
  return (
    <details>
      <summary>
        {label} ({fields.length})
      </summary>
      <DataTable
        label={label}
        columns={COLUMNS}
        rows={fields}
        rowKey={([name]) => name}
        empty="No headers."
      />
    </details>
  );
}
