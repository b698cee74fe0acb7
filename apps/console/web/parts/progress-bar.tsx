import { Group, Progress, Text } from '@mantine/core';
import { countText } from './numbers';
import { durationText } from './time-text';

interface ProgressBarProps {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Per second. */
  readonly rate?: number | undefined;
  readonly leftMs?: number | undefined;
}

/** How far a long job has come, as a bar and in words. */
export function ProgressBar({ label, done, total, rate, leftMs }: ProgressBarProps) {
  // Before it is known how much there is, nothing is done.
  const percent = total === 0 ? 0 : Math.min(100, Math.floor((done / total) * 100));
  return (
    <div className="progress">
      <Group justify="space-between" gap="xs">
        <Text size="sm">{label}</Text>
        <Text size="sm" fw={600}>
          {percent}%
        </Text>
      </Group>
      <Progress.Root size="lg">
        <Progress.Section value={percent} aria-label={label} />
      </Progress.Root>
      <Text size="xs" c="dimmed">
        {total === 0 ? 'Begins' : `${countText(done)} of ${countText(total)}`}
        {rate !== undefined && `, ${countText(rate)} a second`}
        {leftMs !== undefined && `, about ${durationText(leftMs)} left`}
      </Text>
    </div>
  );
}
