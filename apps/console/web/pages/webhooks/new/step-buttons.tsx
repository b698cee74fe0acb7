import { Button, Group } from '@mantine/core';

interface StepButtonsProps {
  readonly next: string;
  readonly isReady: boolean;
  readonly isPending?: boolean;
  readonly back?: () => void;
}

/** Leads to the next step, or back; the form that it stands in is submitted. */
export function StepButtons({ next, isReady, isPending = false, back }: StepButtonsProps) {
  return (
    <Group mt="md">
      {back && (
        <Button variant="default" onClick={back}>
          Back
        </Button>
      )}
      <Button type="submit" disabled={!isReady} loading={isPending}>
        {next}
      </Button>
    </Group>
  );
}
