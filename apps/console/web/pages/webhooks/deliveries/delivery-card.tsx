import { Card, Group, Stack, Title } from '@mantine/core';
import { Facts } from '../../../parts/facts';
import { Identifier } from '../../../parts/identifier';
import { countText } from '../../../parts/numbers';
import { StatusBadge } from '../../../parts/status-badge';
import type { DetailedDelivery } from '../subscription';
import { AttemptDetails } from './attempt-details';
import { RequestBody } from './request-body';

/** One delivery of an event: what was sent, and how each attempt ended. */
export function DeliveryCard({ delivery }: { readonly delivery: DetailedDelivery }) {
  const { replayId, status, position, attempts, request, events, streamId, version } = delivery;
  const title = replayId === undefined ? 'Live delivery' : 'By a replay';
  return (
    <Card withBorder padding="md" mb="md">
      <Stack>
        <Group gap="sm">
          <Title order={2} size="h5">
            {title}
          </Title>
          <StatusBadge status={status} />
        </Group>
        <Facts
          items={{
            Position: <Identifier value={position} label="position" />,
            Stream: streamId && <Identifier value={streamId} label="stream id" />,
            Version: version,
            'Events in the request': events > 1 ? countText(events) : undefined,
            Replay: replayId && <Identifier value={replayId} label="replay id" />,
          }}
        />
        <section>
          <Title order={3} size="h6" mb="xs">
            Attempts
          </Title>
          <Stack>
            {attempts.toReversed().map((attempt) => (
              <AttemptDetails key={`${attempt.attempt} ${attempt.time}`} attempt={attempt} of={title} />
            ))}
          </Stack>
        </section>
        <section>
          <Title order={3} size="h6" mb="xs">
            Body of the last request
          </Title>
          <RequestBody {...request} />
        </section>
      </Stack>
    </Card>
  );
}
