import { Alert, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { client } from '../../api/client';
import { ActButton } from '../../parts/act-button';
import { ReasonField } from '../../parts/reason-field';
import { TimeText } from '../../parts/time-text';
import type { Projection, Rebuild } from './projection';
import { RebuildProgress } from './rebuild-progress';

const at = (projection: string) => ({ params: { path: { projection } } });

export const RetryButton = ({ name }: { readonly name: string }) => (
  <ActButton
    label="Retry"
    said="It tries the event again within seconds."
    variant="filled"
    color="teal"
    explanation="It tries the events again at which it has stopped, within seconds. If they still cannot be taken, it stops there again."
    act={() => client.POST('/v1/operations/projections/{projection}/retry', at(name))}
  />
);

/** Asks for the position to be typed, so that no other event is left out. */
export function SkipButton({ name, position }: { readonly name: string; readonly position: string }) {
  const [reason, setReason] = useState('');
  return (
    <ActButton
      label="Skip event"
      said="The event is left out."
      color="red"
      variant="outline"
      typed={position}
      isReady={reason.trim() !== ''}
      explanation={
        <ReasonField
          explanation={`The projection ${name} leaves the event at ${position} out, now and in every rebuild. What the event says will be missing from its tables. The reason is kept beside it.`}
          value={reason}
          change={setReason}
          isRequired
        />
      }
      act={() =>
        client.POST('/v1/operations/projections/{projection}/skip', {
          ...at(name),
          body: { position, reason: reason.trim() },
        })
      }
    />
  );
}

export function RebuildSection({ projection: { name, rebuild } }: { readonly projection: Projection }) {
  const isRunning = rebuild?.state === 'running';
  return (
    <section className="half">
      <Title order={2} size="h5" mb="xs">
        Rebuild
      </Title>
      <Stack gap="sm" align="flex-start">
        {rebuild && <RebuildState rebuild={rebuild} />}
        <Group gap="xs">
          {isRunning ? (
            <ActButton
              label="Cancel rebuild"
              said="The rebuild is cancelled."
              color="red"
              variant="outline"
              explanation="What is rebuilt so far is thrown away. The live tables stay as they are."
              act={() => client.DELETE('/v1/operations/projections/{projection}/rebuild', at(name))}
            />
          ) : (
            <ActButton
              label="Rebuild"
              said="The rebuild has begun."
              explanation={`The tables of ${name} are built anew from the log, beside the live ones, in spare time. When they are complete and verified, queries switch to them. Until then nothing changes for readers.`}
              act={() => client.POST('/v1/operations/projections/{projection}/rebuild', at(name))}
            />
          )}
        </Group>
      </Stack>
    </section>
  );
}

function RebuildState({ rebuild }: { readonly rebuild: Rebuild }) {
  const { state, error, endedAt } = rebuild;
  if (state === 'running') return <RebuildProgress rebuild={rebuild} />;
  const when = endedAt !== undefined && <TimeText at={endedAt} />;
  if (state === 'failed')
    return (
      <Alert color="red" variant="light" title="The last rebuild failed">
        {error} {when}
      </Alert>
    );
  return (
    <Text size="sm" c="dimmed" component="div">
      The last rebuild {state === 'done' ? 'is live' : 'was cancelled'}, {when}.
    </Text>
  );
}
