import { useSearch } from '@tanstack/react-router';
import type { Item } from '../../api/answer';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { PageHeader } from '../../parts/page-header';
import { TenantLink } from '../../parts/tenant-link';
import { SchemaVersion } from './schema-version';

type Subject = Item<'/v1/operations/schemas'>;

const COLUMNS: readonly Column<Subject>[] = [
  { header: 'Topic', cell: ({ topic }) => topic },
  {
    header: 'Subject',
    cell: ({ subject, versions }) => (
      <TenantLink to="/schemas" search={{ subject, version: String(versions.at(-1)?.version ?? 1) }} isText>
        {subject}
      </TenantLink>
    ),
  },
  { header: 'Event type', cell: ({ eventType }) => eventType },
  { header: 'Versions', cell: ({ versions }) => versions.length, isNumber: true },
  {
    header: 'In use',
    cell: ({ versions }) =>
      versions
        .filter(({ isCurrent }) => isCurrent)
        .map(({ version }) => `version ${version}`)
        .join(', '),
  },
];

/** Topics together. */
const byTopic = (one: Subject, other: Subject): number =>
  one.topic.localeCompare(other.topic) || one.subject.localeCompare(other.subject);

export function SchemasPage() {
  const { subject, version } = useSearch({ from: '/schemas' });
  const { data, error } = api.useQuery('get', '/v1/operations/schemas');
  const chosen = data?.items.find((each) => each.subject === subject);
  const shown = version ?? String(chosen?.versions.at(-1)?.version ?? 1);
  return (
    <>
      <PageHeader
        title={subject ?? 'Schemas'}
        description={
          subject === undefined
            ? 'What events look like in the log. Old versions stay, so that old events can be read.'
            : 'The schema of one event type'
        }
      />
      {subject === undefined ? (
        <DataTable
          label="Schemas"
          columns={COLUMNS}
          rows={data?.items.toSorted(byTopic)}
          rowKey={({ subject }) => subject}
          error={error}
          empty="The registry has no schemas yet: deploy the system first."
        />
      ) : (
        <SchemaVersion subject={subject} version={shown} versions={chosen?.versions ?? []} />
      )}
    </>
  );
}
