import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../../parts/data-table';
import type { DetailedAttempt } from '../subscription';

type Headers = NonNullable<DetailedAttempt['requestHeaders']>;
type Row = Headers[number] & { readonly key: string };

const COLUMNS: readonly Column<Row>[] = [
  { header: 'Header', cell: ({ name }) => name },
  { header: 'Value', cell: ({ value }) => <span className="breaks">{value ?? '(secret)'}</span> },
];

interface HeaderTableProps {
  readonly label: string;
  readonly headers: Headers;
}

/** Headers of a request or an answer, folded away until somebody looks. */
export function HeaderTable({ label, headers }: HeaderTableProps) {
  // A name may stand there several times.
  const rows = headers.map((header, index) => ({ ...header, key: `${index} ${header.name}` }));
  return (
    <details>
      <Text component="summary" size="sm">
        {label} ({headers.length})
      </Text>
      <DataTable label={label} columns={COLUMNS} rows={rows} rowKey={({ key }) => key} empty="No headers." />
    </details>
  );
}
