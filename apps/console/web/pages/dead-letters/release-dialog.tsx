import { Button, Group, Loader, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pluralText } from '../../parts/numbers';
import { ProblemNotice } from '../../parts/problem-notice';
import { ProgressBar } from '../../parts/progress-bar';
import { type DeadLetterChoice, KIND_NAMES } from './dead-letter';
import { dryRun, release, type ReleaseAct } from './release';

const LABELS: Readonly<Record<ReleaseAct, string>> = { redrive: 'Redrive all', skip: 'Skip all' };

const EXPLANATIONS: Readonly<Record<ReleaseAct, string>> = {
  redrive: 'They are tried again at once. Those that fail again come back to this list.',
  skip: 'They are never delivered, and what waits behind them goes out. Nobody can undo this.',
};

interface ReleaseDialogProps {
  readonly act: ReleaseAct;
  readonly choice: DeadLetterChoice;
}

/** Counts first what an act would take, and does it once a person has agreed to the number. */
export function ReleaseDialog({ act, choice }: ReleaseDialogProps) {
  const [isOpen, { open, close }] = useDisclosure();
  const colour = act === 'skip' ? 'red' : 'teal';
  return (
    <>
      <Button size="xs" variant={act === 'skip' ? 'outline' : 'filled'} color={colour} onClick={open}>
        {LABELS[act]}…
      </Button>
      <Modal opened={isOpen} onClose={close} title={LABELS[act]} closeButtonProps={{ 'aria-label': 'Close' }}>
        {isOpen && <Release act={act} choice={choice} close={close} />}
      </Modal>
    </>
  );
}

function Release({ act, choice, close }: ReleaseDialogProps & { readonly close: () => void }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [released, setReleased] = useState(0);
  const [stop] = useState(() => new AbortController());
  const counted = useQuery({
    queryKey: ['dead-letters', 'dry-run', act, choice],
    queryFn: () => dryRun(act, choice),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const matched = counted.data?.matched ?? 0;
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: () => release(act, choice, matched, setReleased, stop.signal),
    // After a failure, too, some may have been taken.
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== 'dry-run' }),
  });
  const [one, many] = KIND_NAMES[choice.kind];
  const isAgreed = act === 'redrive' || typed.trim() === 'skip';

  return (
    <Stack>
      {counted.isPending && (
        <Group gap="sm">
          <Loader size="sm" />
          <Text>Counting what it would take</Text>
        </Group>
      )}
      <ProblemNotice error={counted.error} />
      {counted.data && !isPending && !isSuccess && (
        <>
          <Text>
            Dry run: it takes <strong>{pluralText(matched, one, many)}</strong>
            {counted.data.matchedIsLowerBound && ' or more'}
            {choice.cause === undefined ? '.' : ' of this cause.'}
          </Text>
          {matched > 0 && <Text>{EXPLANATIONS[act]}</Text>}
          {matched > 0 && act === 'skip' && (
            <TextInput
              label="Type skip to confirm"
              value={typed}
              autoComplete="off"
              onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          )}
        </>
      )}
      {isPending && <ProgressBar label="Under way" done={released} total={matched} />}
      {isSuccess && (
        <Text role="status">
          {act === 'redrive' ? 'Redriven' : 'Skipped'}: {pluralText(released, one, many)}.
        </Text>
      )}
      <ProblemNotice error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={isPending ? () => stop.abort() : close}>
          {isPending ? 'Stop' : isSuccess ? 'Close' : 'Cancel'}
        </Button>
        {!isSuccess && (
          <Button
            color={act === 'skip' ? 'red' : 'teal'}
            disabled={matched === 0 || !isAgreed}
            loading={isPending}
            onClick={() => mutate()}
          >
            {LABELS[act]}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
