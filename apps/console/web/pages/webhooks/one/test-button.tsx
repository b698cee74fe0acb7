import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { DialogButton } from '../../../parts/dialog-button';
import { ProblemNotice } from '../../../parts/problem-notice';
import { testWebhook } from '../subscription-acts';
import { LastAttempt } from '../deliveries/last-attempt';
import { useDeliveryOf } from '../deliveries/use-delivery-of';
import { DeliveryLink } from './tab-link';

/** Sends a `webhook.test`, and shows what the endpoint answers. */
export function TestButton({ id }: { readonly id: string }) {
  return <DialogButton label="Send a test">{(close) => <Test id={id} close={close} />}</DialogButton>;
}

function Test({ id, close }: { readonly id: string; readonly close: () => void }) {
  const { mutate, data: eventId, error } = useMutation({ mutationFn: () => testWebhook(id) });
  useEffect(() => mutate(), [mutate]);
  return (
    <Stack>
      <Text>A webhook.test is sent to this webhook only, whatever its event types and its filter.</Text>
      <ProblemNotice error={error} />
      {!error && <TestResult id={id} eventId={eventId} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}

interface TestResultProps {
  readonly id: string;
  /** `undefined` until it is sent. */
  readonly eventId: string | undefined;
}

/** Waits for the first attempt of a test. */
export function TestResult({ id, eventId }: TestResultProps) {
  const { delivery, error } = useDeliveryOf(id, eventId);
  if (error) return <ProblemNotice error={error} />;
  if (!delivery || eventId === undefined) return <Waiting />;
  return (
    <Stack role="status" gap="xs">
      <LastAttempt delivery={delivery} />
      <DeliveryLink id={id} eventId={eventId}>
        See the request and the answer
      </DeliveryLink>
    </Stack>
  );
}

const LONG_MS = 8_000;

function Waiting() {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Stack role="status" gap="xs">
      <Group>
        <Loader size="sm" />
        <Text>Waiting for an answer…</Text>
      </Group>
      {isLong && (
        <Text size="sm" c="dimmed">
          It takes longer than usual. To an endpoint that has failed many times, attempts go out one at a
          time, up to a minute apart; to a paused webhook, none do. You find the test among the deliveries
          once it was sent.
        </Text>
      )}
    </Stack>
  );
}
