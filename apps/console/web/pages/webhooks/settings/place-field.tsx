import { Group, NativeSelect, TextInput } from '@mantine/core';
import type { Place, PlaceKind } from './place';

const LABELS: Readonly<Record<PlaceKind, string>> = {
  now: 'Now',
  beginning: 'The beginning of the log',
  time: 'A time',
  positions: 'Positions',
};

interface PlaceFieldProps {
  readonly label: string;
  readonly kinds: readonly PlaceKind[];
  readonly place: Place;
  readonly change: (place: Place) => void;
}

/** A place in the log: now, its beginning, a time, or positions. */
export function PlaceField({ label, kinds, place: { kind, text }, change }: PlaceFieldProps) {
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect
        label={label}
        data={kinds.map((value) => ({ value, label: LABELS[value] }))}
        value={kind}
        onChange={({ currentTarget }) => change({ kind: currentTarget.value as PlaceKind, text: '' })}
      />
      {kind === 'time' && (
        <TextInput
          type="datetime-local"
          step={1}
          label={`${label}: time`}
          required
          value={text}
          onChange={({ currentTarget }) => change({ kind, text: currentTarget.value })}
        />
      )}
      {kind === 'positions' && (
        <TextInput
          label={`${label}: positions`}
          placeholder="orders/3@17, orders/4@9"
          required
          flex={1}
          value={text}
          onChange={({ currentTarget }) => change({ kind, text: currentTarget.value })}
        />
      )}
    </Group>
  );
}
