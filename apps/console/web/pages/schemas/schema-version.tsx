import { Anchor, Group, NativeSelect, Stack, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Answer, Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { Facts } from '../../parts/facts';
import { useFilters } from '../../parts/filters';
import { JsonView } from '../../parts/json-view';
import { ProblemNotice } from '../../parts/problem-notice';

type Schema = Answer<'/v1/operations/schemas/{subject}/versions/{version}'>;
type Difference = NonNullable<Schema['differences']>[number];

const COLUMNS: readonly Column<Difference>[] = [
  { header: 'Difference', cell: ({ kind }) => kind },
  { header: 'Field', cell: ({ path }) => path.join(' › ') },
  { header: 'Before', cell: ({ before }) => <Value value={before} /> },
  { header: 'Now', cell: ({ after }) => <Value value={after} /> },
];

/** Data of any shape, on as many lines as it needs. */
const Value = ({ value }: { readonly value: unknown }) =>
  value === undefined ? null : <code className="value">{JSON.stringify(value, null, 1)}</code>;

interface SchemaVersionProps {
  readonly subject: string;
  readonly version: string;
  readonly versions: Item<'/v1/operations/schemas'>['versions'];
}

/** One version of a schema, and how it differs from the one before. */
export function SchemaVersion({ subject, version, versions }: SchemaVersionProps) {
  const [, change] = useFilters();
  const { data, error } = api.useQuery('get', '/v1/operations/schemas/{subject}/versions/{version}', {
    params: { path: { subject, version: version as never } },
  });
  const choices = versions.map(({ version, isCurrent }) => ({
    value: String(version),
    label: isCurrent ? `${version} (in use)` : String(version),
  }));
  return (
    <Stack gap="lg">
      <Group align="flex-end" gap="md">
        <NativeSelect
          label="Version"
          size="sm"
          data={choices.length > 0 ? choices : [version]}
          value={version}
          onChange={({ currentTarget }) => change({ version: currentTarget.value })}
        />
        <Anchor component={Link} to="/schemas" size="sm">
          All schemas
        </Anchor>
      </Group>
      <ProblemNotice error={error} />
      {data && <Content schema={data} />}
    </Stack>
  );
}

function Content({ schema }: { readonly schema: Schema }) {
  const { eventType, topic, schemaId, differences, version } = schema;
  return (
    <>
      <Facts items={{ 'Event type': eventType, Topic: topic, 'Id in the registry': schemaId }} />
      {differences !== undefined && (
        <section>
          <Title order={2} size="h5" mb="xs">
            Differences to version {version - 1}
          </Title>
          <DataTable
            label="Differences"
            columns={COLUMNS}
            rows={differences}
            rowKey={({ kind, path }) => `${kind} ${path.join('.')}`}
            empty="None that matters."
          />
        </section>
      )}
      <section>
        <Title order={2} size="h5" mb="xs">
          Schema
        </Title>
        <JsonView value={schema.schema} label="schema" />
      </section>
    </>
  );
}
