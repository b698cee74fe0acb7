import { Alert, Anchor, Drawer, Stack, Text, Title } from '@mantine/core';
import { api } from '../../api/client';
import { type Column, DataTable } from '../../parts/data-table';
import { Facts } from '../../parts/facts';
import { Identifier } from '../../parts/identifier';
import { JsonView } from '../../parts/json-view';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';
import { hexDump } from './hex-dump';
import { type LogRecord, sizeText, tenantOf } from './log';
import { streamPage } from './stream-page';

const HEADER_COLUMNS: readonly Column<LogRecord['headers'][number]>[] = [
  { header: 'Header', cell: ({ name }) => name },
  { header: 'Value', cell: ({ value }) => <span className="breaks">{value}</span> },
];

interface RecordDrawerProps {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
  readonly close: () => void;
}

/** One record, with all that the log has of it. */
export function RecordDrawer({ topic, partition, offset, close }: RecordDrawerProps) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/operations/log/{topic}/{partition}',
    {
      params: {
        path: { topic, partition: partition as never },
        query: { offset: offset as never, limit: 1 },
      },
    },
    { staleTime: Infinity },
  );
  const record = data?.items.find((each) => String(each.offset) === offset);
  const path = `/v1/operations/log/${topic}/${partition}/${offset}`;
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="xl"
      title={`${topic}/${partition}@${offset}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <ProblemNotice error={error} />
      {data && !record && <Text>There is no record at this offset.</Text>}
      {record && (
        <Stack gap="md">
          <RecordFacts topic={topic} record={record} />
          <Anchor href={path} download={`${topic}-${partition}-${offset}.json`} size="sm">
            Download the whole record
          </Anchor>
          <Payload record={record} />
          <section>
            <Title order={2} size="h5" mb="xs">
              Headers
            </Title>
            <DataTable
              label="Headers"
              columns={HEADER_COLUMNS}
              rows={record.headers}
              rowKey={({ name, value }) => `${name} ${value}`}
              empty="None."
            />
          </section>
        </Stack>
      )}
    </Drawer>
  );
}

function RecordFacts({ topic, record }: { readonly topic: string; readonly record: LogRecord }) {
  const { position, time, kind, key, bytes, event } = record;
  const page = event && key !== undefined ? streamPage(topic, key) : undefined;
  const tenant = event && tenantOf(event);
  return (
    <Facts
      items={{
        Record: <StatusBadge status={kind} />,
        Event: event?.eventType,
        'Event id': event && <Identifier value={event.eventId} label="event id" />,
        Happened: event && <TimeText at={event.occurredAt} />,
        Appended: <TimeText at={time} />,
        Tenant: tenant,
        Stream: event && key !== undefined && <Identifier value={key} label="stream" />,
        Version: event?.version,
        Page: page && (
          <TenantLink to={page.to} search={page.search} tenant={tenant} isText>
            {page.label}
          </TenantLink>
        ),
        Position: <Identifier value={position} label="position" />,
        Size: sizeText(bytes),
      }}
    />
  );
}

function Payload({ record: { event, error, raw, download, kind } }: { readonly record: LogRecord }) {
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        Payload
      </Title>
      {error !== undefined && (
        <Alert color="red" variant="light" title="It cannot be decoded" mb="xs">
          {error}
        </Alert>
      )}
      {event && <JsonView value={{ data: event.data, metadata: event.metadata }} label="payload" />}
      {raw !== undefined && <JsonView value={hexDump(raw)} label="bytes" />}
      {download !== undefined && (
        <Text size="sm" mt="xs">
          {(event ?? raw) ? 'This is not all of it: ' : 'It is too large to show here: '}download the whole
          record.
        </Text>
      )}
      {!event && raw === undefined && download === undefined && (
        <Text size="sm" c="dimmed">
          A {kind} record has none.
        </Text>
      )}
    </section>
  );
}
