import { Button, Group, Stack, TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { ProblemNotice } from '../../../parts/problem-notice';
import { startReplay } from '../subscription-acts';
import { PlaceField } from '../settings/place-field';
import { isComplete, type Place, placeOf } from '../settings/place';
import type { ReplayToCreate } from '../subscription';

interface ReplayFormProps {
  readonly id: string;
  readonly close: () => void;
}

/** From where to where, which of the webhook's event types, and to which address. */
export function ReplayForm({ id, close }: ReplayFormProps) {
  const queries = useQueryClient();
  const [from, setFrom] = useState<Place>({ kind: 'time', text: '' });
  const [to, setTo] = useState<Place>({ kind: 'now', text: '' });
  const [eventTypes, setEventTypes] = useState<string[]>([]);
  const [callbackUrl, setCallbackUrl] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      startReplay(id, {
        from: placeOf(from) as ReplayToCreate['from'],
        to: placeOf(to) as NonNullable<ReplayToCreate['to']>,
        ...(eventTypes.length > 0 && { eventTypes }),
        ...(callbackUrl.trim() !== '' && { callbackUrl: callbackUrl.trim() }),
      }),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PlaceField label="From" kinds={['time', 'positions', 'beginning']} place={from} change={setFrom} />
        <PlaceField label="To" kinds={['now', 'time', 'positions']} place={to} change={setTo} />
        <TagsInput
          label="Only these event types"
          description="Of those that the webhook has. Enter after each; none for all."
          value={eventTypes}
          onChange={setEventTypes}
        />
        <TextInput
          type="url"
          label="Another address"
          description="Extra headers go to the webhook’s own host only."
          placeholder="https://"
          value={callbackUrl}
          onChange={({ currentTarget }) => setCallbackUrl(currentTarget.value)}
        />
        <ProblemNotice error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending} disabled={!isComplete(from) || !isComplete(to)}>
            Start the replay
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
