import { Fieldset, Stack, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { ProblemNotice } from '../../../parts/problem-notice';
import { AdvancedFields } from '../settings/advanced-fields';
import { allSettingsOf, type ChangeDraft, type Draft } from '../settings/draft';
import { isComplete, type Place, placeOf } from '../settings/place';
import { PlaceField } from '../settings/place-field';
import { createWebhook } from '../subscription-acts';
import type { CreatedSubscription } from '../subscription';
import { StepButtons } from './step-buttons';

interface HowStepProps {
  readonly draft: Draft;
  readonly change: ChangeDraft;
  readonly startFrom: Place;
  readonly setStartFrom: (startFrom: Place) => void;
  readonly secret: string;
  readonly back: () => void;
  readonly created: (subscription: CreatedSubscription) => void;
}

/** The rest, which has defaults that suit most. */
export function HowStep({ draft, change, startFrom, setStartFrom, secret, back, created }: HowStepProps) {
  const queries = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      createWebhook({
        ...allSettingsOf(draft),
        startFrom: placeOf(startFrom),
        secret,
      }),
    onSuccess: async (subscription) => {
      created(subscription);
      await queries.invalidateQueries();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="md">
        <Title order={2} size="h5">
          How are they sent?
        </Title>
        <Fieldset legend="Start">
          <PlaceField
            label="From"
            kinds={['now', 'beginning', 'time', 'positions']}
            place={startFrom}
            change={setStartFrom}
          />
        </Fieldset>
        <AdvancedFields draft={draft} change={change} />
        <ProblemNotice error={error} />
      </Stack>
      <StepButtons
        next="Create the webhook"
        isReady={isComplete(startFrom)}
        isPending={isPending}
        back={back}
      />
    </form>
  );
}
