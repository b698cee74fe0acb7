import { Button, Group, Text } from '@mantine/core';
import { TimeText } from '../../parts/time-text';

interface AsOfSliderProps {
  /** When each event happened, oldest first. */
  readonly times: readonly string[];
  readonly asOf: string | undefined;
  /** `undefined`: now. */
  readonly pick: (asOf: string | undefined) => void;
}

/** Goes back in time, event by event. */
export function AsOfSlider({ times, asOf, pick }: AsOfSliderProps) {
  const moments = [...new Set(times)].toSorted();
  const last = moments.length - 1;
  if (last < 1) return null;
  const place =
    asOf === undefined
      ? last
      : Math.max(
          0,
          moments.findLastIndex((time) => time <= asOf),
        );
  return (
    <Group gap="sm">
      <Text component="label" size="sm" htmlFor="as-of">
        As of
      </Text>
      <input
        id="as-of"
        type="range"
        className="as-of"
        min={0}
        max={last}
        value={place}
        aria-valuetext={asOf ?? 'now'}
        onChange={({ currentTarget: { valueAsNumber } }) =>
          pick(valueAsNumber === last ? undefined : moments[valueAsNumber])
        }
      />
      <Text size="sm" miw={190} component="span">
        {asOf === undefined ? 'now' : <TimeText at={asOf} exact />}
      </Text>
      <Button
        variant="subtle"
        size="compact-sm"
        disabled={asOf === undefined}
        onClick={() => pick(undefined)}
      >
        Back to now
      </Button>
    </Group>
  );
}
