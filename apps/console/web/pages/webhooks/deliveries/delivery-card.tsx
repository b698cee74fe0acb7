import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { Facts } from '../../../parts/facts';
import { Identifier } from '../../../parts/identifier';
import { JsonView } from '../../../parts/json-view';
import { StatusBadge } from '../../../parts/status-badge';
import { durationText, TimeText } from '../../../parts/time-text';
import type { DetailedAttempt, DetailedDelivery } from '../awaited';
import { answerText } from './attempt-error';
import { HeaderTable } from './header-table';

/** One delivery of an event: what was sent, and how each attempt ended. */
export function DeliveryCard({ delivery }: { readonly delivery: DetailedDelivery }) {
  const { replayId, status, position, attempts, request } = delivery;
  return (
    <Card withBorder padding="md" mb="md">
      <Stack>
        <Group gap="sm">
          <Title order={2} size="h5">
            {replayId === undefined ? 'Live delivery' : 'By a replay'}
          </Title>
          <StatusBadge status={status} />
        </Group>
        <Facts
          items={{
            Position: <Identifier value={position} label="position" />,
            Stream: <Identifier value={delivery.streamId} label="stream id" />,
            Replay: replayId && <Identifier value={replayId} label="replay id" />,
          }}
        />
        <section>
          <Title order={3} size="h6" mb="xs">
            Request
          </Title>
          <Stack gap="xs">
            <HeaderTable label="Headers of the request" headers={request.headers} />
            {request.body !== undefined && <JsonView label="body" value={request.body} />}
          </Stack>
        </section>
        <section>
          <Title order={3} size="h6" mb="xs">
            Attempts
          </Title>
          <Stack>
            {attempts.toReversed().map((attempt) => (
              <Attempt key={`${attempt.attempt} ${attempt.time}`} attempt={attempt} />
            ))}
          </Stack>
        </section>
      </Stack>
    </Card>
  );
}

function Attempt({ attempt }: { readonly attempt: DetailedAttempt }) {
  const { time, durationMs, statusCode, answer, answerHeaders } = attempt;
  const isGood = statusCode !== undefined && statusCode >= 200 && statusCode < 300;
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Title order={4} size="h6">
          Attempt {attempt.attempt}
        </Title>
        <StatusBadge status={isGood ? 'succeeded' : 'failed'} />
        <Text size="sm">
          {answerText(attempt)} after {durationText(durationMs)}, <TimeText at={time} />
        </Text>
      </Group>
      {answerHeaders && <HeaderTable label="Headers of the answer" headers={answerHeaders} />}
      {answer !== undefined && answer !== '' && <JsonView label="answer" value={answer} />}
    </Stack>
  );
}
