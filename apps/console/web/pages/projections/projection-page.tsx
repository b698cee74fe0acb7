import { Group, Stack, Text, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { Facts } from '../../parts/facts';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { lagEventsText, lagTimeText } from './lag-text';
import { PartitionTable } from './partition-table';
import { type Projection, stateOf, useProjections } from './projection';
import { RebuildSection, RetryButton } from './projection-acts';
import { VerificationSection } from './verification-section';

export function ProjectionPage() {
  const { name } = useParams({ from: '/projections/$name' });
  const { data, error } = useProjections();
  const projection = data?.items.find((each) => each.name === name);
  return (
    <>
      <PageHeader
        title={`Projection ${name}`}
        mark={projection && <StatusBadge status={stateOf(projection)} />}
      >
        {projection && projection.stoppedPartitions > 0 ? <RetryButton name={name} /> : undefined}
      </PageHeader>
      <ProblemNotice error={error} />
      {data && !projection && <Text c="dimmed">There is no projection of this name.</Text>}
      {projection && <Content projection={projection} />}
    </>
  );
}

function Content({ projection }: { readonly projection: Projection }) {
  const { name, version, build, lagEvents, partitions, builtIn, stoppedPartitions } = projection;
  const table = (
    <section>
      <Title order={2} size="h5" mb="xs">
        Partitions
      </Title>
      <PartitionTable name={name} partitions={partitions} />
    </section>
  );
  return (
    <Stack gap="lg">
      <Facts
        items={{
          'Events behind': lagEventsText(lagEvents),
          'Time behind': lagTimeText(projection),
          'Live build': build,
          'Made by version': version === 0 ? 'rebuilt on request' : version,
        }}
      />
      {stoppedPartitions > 0 && table}
      {builtIn ? (
        <Group align="flex-start" gap="xl">
          <RebuildSection projection={projection} />
          <VerificationSection projection={projection} />
        </Group>
      ) : (
        <Text c="dimmed" size="sm">
          It belongs to a projector of another program: rebuild and verify it there.
        </Text>
      )}
      {stoppedPartitions === 0 && table}
    </Stack>
  );
}
