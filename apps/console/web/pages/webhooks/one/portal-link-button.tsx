import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, client } from '../../../api/client';
import { CopyField } from '../../../parts/copy-field';
import { DialogButton } from '../../../parts/dialog-button';
import { ProblemNotice } from '../../../parts/problem-notice';
import { TimeText } from '../../../parts/time-text';

const LIFETIMES = [
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '28800', label: '8 hours' },
  { value: '86400', label: '1 day' },
];

const SESSIONS = [
  { value: '3600', label: '1 hour' },
  { value: '14400', label: '4 hours' },
  { value: '43200', label: '12 hours' },
];

interface PortalLinkProps {
  /** All of the tenant without it. */
  readonly subscriptionId?: string;
}

/** Makes a link for somebody without a key. */
export function PortalLinkButton(props: PortalLinkProps) {
  return (
    <DialogButton label="Portal link">{(close) => <PortalLink {...props} close={close} />}</DialogButton>
  );
}

function PortalLink({ subscriptionId, close }: PortalLinkProps & { readonly close: () => void }) {
  const [lifetime, setLifetime] = useState('900');
  const [session, setSession] = useState('3600');
  const { data, mutate, error, isPending } = useMutation({
    mutationFn: () =>
      answerOf(
        client.POST('/v1/portal-links', {
          body: {
            expiresInSeconds: Number(lifetime),
            sessionSeconds: Number(session),
            ...(subscriptionId !== undefined && { subscriptionId }),
          },
        }),
      ),
  });
  const what = subscriptionId === undefined ? 'the webhooks of this tenant' : 'this webhook';
  return (
    <Stack>
      <Text>
        Whoever opens the link may see and change {what}, and nothing else. It needs no key, and opens once.
      </Text>
      {data ? (
        <>
          <CopyField label="Link" value={data.url} />
          <Text size="sm">
            Open it before <TimeText at={data.expiresAt} />. It is not shown again.
          </Text>
        </>
      ) : (
        <>
          <NativeSelect
            label="It can be opened for"
            data={LIFETIMES}
            value={lifetime}
            onChange={({ currentTarget }) => setLifetime(currentTarget.value)}
          />
          <NativeSelect
            label="Once it is open, the portal lasts for"
            data={SESSIONS}
            value={session}
            onChange={({ currentTarget }) => setSession(currentTarget.value)}
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
            Make the link
          </Button>
        )}
      </Group>
    </Stack>
  );
}
