import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useState } from 'react';
import { DialogButton } from '../../../parts/dialog-button';
import { localTimeOf, utcTimeOf } from '../../../parts/filters';
import { pluralText } from '../../../parts/numbers';
import { ProblemNotice } from '../../../parts/problem-notice';
import { redriveDeadLetters, startReplay } from '../subscription-acts';

const HOUR_MS = 3_600_000;

/** For a receiver that was down or has lost something: everything since a time again, or only what failed. */
export function RecoverButton({ id }: { readonly id: string }) {
  return (
    <DialogButton label="Recover since…" title="Recover since a time">
      {(close) => <Recover id={id} close={close} />}
    </DialogButton>
  );
}

function Recover({ id, close }: { readonly id: string; readonly close: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [way, setWay] = useState('failed');
  const [since, setSince] = useState(() => localTimeOf(new Date(Date.now() - HOUR_MS).toISOString()));
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async (time: string) => {
      if (way === 'failed') return redriveDeadLetters(id, { from: time });
      await startReplay(id, { from: { time } });
      return undefined;
    },
    onSuccess: async (count) => {
      await queries.invalidateQueries();
      if (count !== undefined) return;
      close();
      void navigate({ to: '.', search: { tab: 'replays' } });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const time = utcTimeOf(since);
    if (time !== undefined) mutate(time);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Radio.Group label="Send" value={way} onChange={setWay}>
          <Stack gap="xs" mt="xs">
            <Radio
              value="failed"
              label="What failed"
              description="Dead letters since then, and what is parked behind them. Nothing arrives twice."
            />
            <Radio
              value="all"
              label="Everything again"
              description="A replay of all events since then. What had arrived arrives again, with the header orderstream-replay."
            />
          </Stack>
        </Radio.Group>
        <TextInput
          type="datetime-local"
          step={1}
          required
          label="Since"
          description="In the time zone of this machine."
          value={since}
          onChange={({ currentTarget }) => setSince(currentTarget.value)}
        />
        <ProblemNotice error={error} />
        {data !== undefined && (
          <Text role="status">{pluralText(data, 'dead letter')} will be sent again.</Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {data === undefined ? 'Cancel' : 'Done'}
          </Button>
          {data === undefined && (
            <Button type="submit" loading={isPending}>
              Recover
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
