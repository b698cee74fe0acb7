import { Radio, Stack } from '@mantine/core';

interface ChoiceFieldProps<Value extends string> {
  readonly label: string;
  /** What each value means. */
  readonly choices: Readonly<Record<Value, string>>;
  readonly value: string;
  readonly change: (value: Value) => void;
}

/** One of a few settings, each with what it means. */
export function ChoiceField<Value extends string>({
  label,
  choices,
  value,
  change,
}: ChoiceFieldProps<Value>) {
  return (
    <Radio.Group label={label} value={value} onChange={(chosen) => change(chosen as Value)}>
      <Stack gap={6} mt={6}>
        {Object.entries<string>(choices).map(([choice, description]) => (
          <Radio key={choice} value={choice} label={choice} description={description} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

export const ORDERINGS = {
  stream: 'Events of one order, or of one stock item, arrive in order; others beside them.',
  partition: 'All events of a partition of the log arrive in order, one after the other.',
  none: 'No order. The fastest.',
};

export const EXHAUSTION_POLICIES = {
  park: 'Later deliveries of its lane wait until somebody redrives or skips it.',
  skip: 'Later deliveries of its lane go on. It is kept as a dead letter.',
};

export const PAYLOADS = {
  full: 'The whole event.',
  thin: 'Ids, and a link to the rest.',
};

export const FORMATS = {
  native: 'The event as the API shows it.',
  cloudevents: 'CloudEvents 1.0, structured.',
};
