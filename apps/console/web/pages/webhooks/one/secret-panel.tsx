import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../../app/session';
import { CopyField } from '../../../parts/copy-field';
import { DialogButton } from '../../../parts/dialog-button';
import { ProblemNotice } from '../../../parts/problem-notice';
import { TimeText } from '../../../parts/time-text';
import { readSecret, rotateSecret } from '../subscription-acts';

interface OfWebhook {
  readonly id: string;
}

/** The signing secret, which is asked for only when somebody wants to see it, and is not kept. */
export function SecretPanel({ id }: OfWebhook) {
  const mayRead = useScope('webhooks:write');
  const { data, mutate, reset, error, isPending } = useMutation({
    mutationFn: () => readSecret(id),
    gcTime: 0,
  });
  if (!mayRead) return <Text size="sm">Whoever may change webhooks can see it.</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        Every request is signed with it, so that the receiver knows who sent it.
      </Text>
      {data && (
        <>
          <CopyField label="Signing secret" value={data.secret} />
          {data.callbackUrl !== undefined && (
            <CopyField label="Address with its query" value={data.callbackUrl} />
          )}
          {data.expiringSecrets?.map(({ expiresAt }) => (
            <Text size="sm" key={expiresAt}>
              An older one signs too, until <TimeText at={expiresAt} />.
            </Text>
          ))}
        </>
      )}
      <ProblemNotice error={error} />
      <Group gap="xs">
        <Button size="xs" variant="default" loading={isPending} onClick={() => (data ? reset() : mutate())}>
          {data ? 'Hide' : 'Show the secret'}
        </Button>
        <DialogButton label="Rotate">
          {(close) => <Rotation id={id} close={close} rotated={reset} />}
        </DialogButton>
      </Group>
    </Stack>
  );
}

const OVERLAPS = [
  { value: '86400', label: '1 day' },
  { value: '3600', label: '1 hour' },
  { value: '604800', label: '7 days' },
  { value: '0', label: 'Not at all: the old one has leaked' },
];

interface RotationProps extends OfWebhook {
  readonly close: () => void;
  readonly rotated: () => void;
}

function Rotation({ id, close, rotated }: RotationProps) {
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState('86400');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => rotateSecret(id, Number(overlap)),
    onSuccess: async () => {
      rotated();
      await queries.invalidateQueries();
    },
    gcTime: 0,
  });
  return (
    <Stack>
      {data ? (
        <>
          <Text>The new secret signs already. Give it to the receiver.</Text>
          <CopyField label="New signing secret" value={data.secret} />
        </>
      ) : (
        <>
          <Text>
            A new secret signs at once. Older ones sign beside it for a while, so that the receiver can change
            over without missing a request.
          </Text>
          <NativeSelect
            label="Older secrets go on signing for"
            data={OVERLAPS}
            value={overlap}
            onChange={({ currentTarget }) => setOverlap(currentTarget.value)}
          />
        </>
      )}
      <ProblemNotice error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {data ? 'Done' : 'Cancel'}
        </Button>
        {!data && (
          <Button onClick={() => mutate()} loading={isPending}>
            Rotate
          </Button>
        )}
      </Group>
    </Stack>
  );
}
