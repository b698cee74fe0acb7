import { Group, Stack, Text, Title } from '@mantine/core';
import { JsonView } from '../../../parts/json-view';
import { StatusBadge } from '../../../parts/status-badge';
import { durationText, TimeText } from '../../../parts/time-text';
import type { DetailedAttempt } from '../subscription';
import { answerText } from './attempt-error';
import { HeaderTable } from './header-table';

interface AttemptDetailsProps {
  readonly attempt: DetailedAttempt;
  /** The delivery, in words. */
  readonly of: string;
}

/** How one attempt ended, with the headers of both sides. */
export function AttemptDetails({ attempt, of }: AttemptDetailsProps) {
  const { time, durationMs, statusCode, answer, requestHeaders, answerHeaders } = attempt;
  const isGood = statusCode !== undefined && statusCode >= 200 && statusCode < 300;
  const name = `attempt ${attempt.attempt}, ${of.toLowerCase()}`;
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
      {requestHeaders && <HeaderTable label={`Request headers of ${name}`} headers={requestHeaders} />}
      {answerHeaders && <HeaderTable label={`Answer headers of ${name}`} headers={answerHeaders} />}
      {answer !== undefined && answer !== '' && <JsonView label={`answer to ${name}`} value={answer} />}
    </Stack>
  );
}
