import { Stack, Text, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';

const MAX_LENGTH = 1_000;

interface ReasonFieldProps {
  /** What will happen. */
  readonly explanation: ReactNode;
  readonly value: string;
  readonly change: (value: string) => void;
  readonly isRequired?: boolean;
}

/** Says what an act does, and asks why it is done. */
export function ReasonField({ explanation, value, change, isRequired = false }: ReasonFieldProps) {
  return (
    <Stack gap="sm">
      <Text component="div">{explanation}</Text>
      <Textarea
        label={isRequired ? 'Reason' : 'Reason (optional)'}
        required={isRequired}
        maxLength={MAX_LENGTH}
        autosize
        minRows={2}
        maxRows={6}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    </Stack>
  );
}

/** A reason as the API wants it: none rather than an empty one. */
export const reasonOf = (text: string): { reason?: string } =>
  text.trim() === '' ? {} : { reason: text.trim() };
