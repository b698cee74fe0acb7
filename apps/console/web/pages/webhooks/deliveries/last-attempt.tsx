import { Alert, Text } from '@mantine/core';
import { durationText } from '../../../parts/time-text';
import type { Delivery } from '../subscription';
import { attemptErrorText } from './attempt-error';

/** What came of a test, in a sentence. */
export function LastAttempt({ delivery }: { readonly delivery: Delivery }) {
  const last = delivery.attempts.at(-1);
  if (!last) return null;
  const hasWorked = delivery.status === 'delivered';
  const took = `after ${durationText(last.durationMs)}`;
  const title = hasWorked
    ? `It answered ${last.statusCode} ${took}.`
    : last.statusCode === undefined
      ? `It failed ${took}: ${attemptErrorText(last.error ?? 'connection-failed')}.`
      : `It answered ${last.statusCode} ${took}, which is not 2xx.`;
  return (
    <Alert color={hasWorked ? 'green' : 'red'} variant="light" title={title}>
      {last.answer !== undefined && last.answer !== '' && (
        <Text
          component="pre"
          size="xs"
          ff="monospace"
          m={0}
          style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
        >
          {last.answer}
        </Text>
      )}
    </Alert>
  );
}
