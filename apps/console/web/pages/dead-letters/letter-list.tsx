import { Anchor, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { Pager } from '../../parts/pager';
import { PositionLink } from '../../parts/position-link';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import type { DeadLetter } from './dead-letter';

const COLUMNS: readonly Column<DeadLetter>[] = [
  { header: 'Since', cell: ({ since }) => <TimeText at={since} /> },
  { header: 'Tenant', cell: ({ tenant }) => tenant },
  { header: 'What', cell: (letter) => <Subject letter={letter} /> },
  {
    header: 'Error',
    cell: ({ error }) => (
      <Text size="sm" className="breaks">
        {error}
      </Text>
    ),
  },
  {
    header: 'Position',
    cell: ({ position }) => position !== undefined && <PositionLink position={position} />,
  },
];

/** Where a person sees more of it. */
function Subject({ letter }: { readonly letter: DeadLetter }) {
  const { kind, subject, tenant, subscriptionId, eventId } = letter;
  if (kind === 'webhook' && subscriptionId !== undefined)
    return (
      <>
        <Group gap="sm">
          <TenantLink to={`/webhooks/${subscriptionId}`} tenant={tenant} isText>
            Webhook
          </TenantLink>
          {eventId !== undefined && (
            <TenantLink to={`/webhooks/${subscriptionId}/deliveries/${eventId}`} tenant={tenant} isText>
              Delivery
            </TenantLink>
          )}
        </Group>
        <Text size="xs" c="dimmed" className="nowrap">
          lane {subject}
        </Text>
      </>
    );
  if (kind === 'process')
    return (
      <TenantLink to={`/processes/${subject}`} tenant={tenant}>
        {subject}
      </TenantLink>
    );
  if (kind === 'projection')
    return (
      <TenantLink to={`/projections/${subject}`} isText>
        {subject}
      </TenantLink>
    );
  return (
    <TenantLink to="/mails" tenant={tenant} search={{ mail: subject }}>
      {subject}
    </TenantLink>
  );
}

interface LetterListProps {
  readonly filters: {
    readonly kind: string | undefined;
    readonly cause: string;
    readonly pageToken: string | undefined;
    readonly tenant: string | undefined;
    readonly subscriptionId: string | undefined;
    readonly from: string | undefined;
    readonly to: string | undefined;
  };
}

/** The dead letters of one cause, newest first. */
export function LetterList({ filters }: LetterListProps) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/dead-letters',
    { params: { query: filters as never } },
    { refetchInterval: 5_000 },
  );
  return (
    <section>
      <Group gap="sm" mb="xs" justify="space-between">
        <Title order={2} size="h5" className="breaks">
          {filters.cause}
        </Title>
        <Anchor
          component={Link}
          to="."
          search={((search: object) => ({ ...search, cause: undefined, pageToken: undefined })) as never}
          size="sm"
        >
          All causes
        </Anchor>
      </Group>
      <DataTable
        label="Dead letters"
        columns={COLUMNS}
        rows={data?.items}
        rowKey={({ deadLetterId }) => deadLetterId}
        error={error}
        empty={
          data?.nextPageToken
            ? 'None on this page; the next may have some.'
            : 'None of this cause waits any more.'
        }
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </section>
  );
}
