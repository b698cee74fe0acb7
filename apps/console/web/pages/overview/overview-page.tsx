import { Alert, Anchor, Card, Grid, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client';
import { useLive } from '../../api/live';
import { Chart } from '../../parts/chart';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { Tile } from '../../parts/tile';
import { durationText, TimeText } from '../../parts/time-text';
import { countText, type Overview, type OverviewNow, pointsOf, withPoint } from './overview';
import { ProjectionTable } from './projection-table';
import { DownNotice, ReadinessList } from './readiness-list';

/** Where the whole system stands, live. */
export function OverviewPage() {
  const { data: read, error } = api.useQuery('get', '/v1/operations/overview');
  const [live, setLive] = useState<Overview>();
  const state = useLive<OverviewNow>(read && '/v1/operations/overview/stream', (now) =>
    setLive((before) => withPoint(before ?? read, now)),
  );
  const overview = live ?? read;
  return (
    <>
      <PageHeader
        title="Overview"
        description={state === 'open' ? 'Live' : overview ? 'Connecting to live values …' : undefined}
      />
      <ProblemNotice error={error} />
      {overview && state === 'lost' && (
        <Alert color="red" variant="light" role="status" mb="sm" title="This is not how it is now">
          Nothing has come from the server since <TimeText at={overview.at} />. This page connects again by
          itself.
        </Alert>
      )}
      {overview && <Standing overview={overview} />}
    </>
  );
}

function Standing({ overview }: { readonly overview: Overview }) {
  const { ordersPerSecond, appendP99Ms, oldestUndelivered, stuckProcesses, paymentsInReview } = overview;
  const { deadLetters = [], projections = [], missing, readiness, partitions, processes } = overview;
  const points = pointsOf(overview);
  return (
    <Stack>
      {readiness && <DownNotice readiness={readiness} />}
      {missing.map(({ part, reason }) => (
        <Alert key={part} color="yellow" variant="light" title={`Not known now: ${part}`}>
          {reason}
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="sm">
        <Tile label="Orders a second" value={ordersPerSecond?.toFixed(1)} to="/orders" />
        <Tile label="Append, p99" value={appendP99Ms === undefined ? undefined : durationText(appendP99Ms)} />
        <Tile
          label="Oldest undelivered webhook"
          value={oldestUndelivered ? durationText(oldestUndelivered.ageMs) : 'none'}
          isBad={oldestUndelivered !== undefined}
          to={oldestUndelivered ? `/webhooks/${oldestUndelivered.subscriptionId}` : '/webhooks'}
          search={oldestUndelivered && { tenant: oldestUndelivered.tenant }}
        />
        <Tile
          label="Stuck processes"
          value={countText(stuckProcesses)}
          isBad={(stuckProcesses?.count ?? 0) > 0}
          to="/processes"
          search={{ state: 'stuck' }}
        />
        {deadLetters.map(({ kind, ...count }) => (
          <Tile
            key={kind}
            label={`Dead letters: ${kind}`}
            value={countText(count)}
            isBad={count.count > 0}
            to="/dead-letters"
            search={{ kind }}
          />
        ))}
        <Tile
          label="Payments in review"
          value={countText(paymentsInReview)}
          to="/payments"
          search={{ status: 'in-review' }}
        />
        <Tile
          label="Processes of the system"
          value={`${processes.answering} of ${processes.expected}`}
          isBad={processes.answering < processes.expected}
        />
        <Tile
          label="Partitions with an owner"
          value={partitions && `${partitions.owned}, ${partitions.owners} owning`}
          to="/access"
        />
      </SimpleGrid>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Card withBorder>
            <Title order={2} size="h5">
              The last ten minutes, a second
            </Title>
            <Chart
              label={`Orders and events a second over the last ten minutes. Now: ${ordersPerSecond ?? 0} orders and ${overview.eventsPerSecond ?? 0} events.`}
              times={points.times}
              series={[
                { label: 'events', color: 'gray', values: points.events },
                { label: 'orders', color: 'teal', values: points.orders },
              ]}
            />
          </Card>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Card withBorder>
            <Title order={2} size="h5">
              Append, p99 in milliseconds
            </Title>
            <Chart
              label={`99th percentile of appends over the last ten minutes. Now: ${appendP99Ms ?? 'unknown'} ms.`}
              times={points.times}
              series={[{ label: 'p99 ms', color: 'indigo', values: points.appendP99Ms }]}
            />
          </Card>
        </Grid.Col>
      </Grid>
      <Card withBorder>
        <Group justify="space-between" mb="xs">
          <Title order={2} size="h5">
            Freshness of projections
          </Title>
          <Anchor component={Link} to="/projections" size="sm">
            All projections
          </Anchor>
        </Group>
        <ProjectionTable projections={projections} />
      </Card>
      {readiness && <ReadinessList readiness={readiness} />}
      <Text size="xs" c="dimmed">
        Numbers of processes behind this address. Apps that were started separately tell theirs at their own
        address.
      </Text>
    </Stack>
  );
}
