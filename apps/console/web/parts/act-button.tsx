import { Button, type ButtonProps, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSayOutcome } from './outcome';
import { ProblemNotice } from './problem-notice';

interface ActButtonProps<Answer> extends Pick<ButtonProps, 'variant' | 'color' | 'size' | 'disabled'> {
  /** A verb; the dialog's button says it again. */
  readonly label: string;
  readonly act: () => Promise<Answer>;
  /** What it has done, for whoever has pressed the button. */
  readonly said: string | ((answer: Answer) => string);
  /** What will happen. Without it, the act needs no confirmation. */
  readonly explanation?: ReactNode;
  /** What has to be typed first, for acts that nobody can undo. */
  readonly typed?: string;
  /** Whether the fields in the explanation are filled in. */
  readonly isReady?: boolean;
  readonly done?: () => void;
}

/** Does something that changes the system: says what first, waits, says what it has done or why it failed, and reads the page anew. */
export function ActButton<Answer>({
  label,
  act,
  said,
  explanation,
  typed,
  isReady = true,
  done,
  ...button
}: ActButtonProps<Answer>) {
  const queries = useQueryClient();
  const say = useSayOutcome();
  const [isOpen, { open, close }] = useDisclosure();
  const [text, setText] = useState('');
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: act,
    onSuccess: async (answer) => {
      close();
      say(typeof said === 'string' ? said : said(answer));
      await queries.invalidateQueries();
      done?.();
    },
    // Without a dialog there is no other place to say why.
    onError: () => explanation === undefined && open(),
  });
  const begin = () => {
    reset();
    setText('');
    if (explanation === undefined) mutate();
    else open();
  };

  return (
    <>
      <Button size="xs" variant="default" {...button} onClick={begin} loading={isPending && !isOpen}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={label} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          {explanation !== undefined && <Text component="div">{explanation}</Text>}
          {typed !== undefined && (
            <TextInput
              label={`Type ${typed} to confirm`}
              value={text}
              onChange={({ currentTarget }) => setText(currentTarget.value)}
              autoComplete="off"
            />
          )}
          <ProblemNotice error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            {explanation !== undefined && (
              <Button
                color={button.color ?? 'teal'}
                disabled={!isReady || (typed !== undefined && text.trim() !== typed)}
                loading={isPending}
                onClick={() => mutate()}
              >
                {label}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
