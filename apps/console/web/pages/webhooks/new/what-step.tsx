import { Fieldset, Stack, Title } from '@mantine/core';
import type { SubmitEvent } from 'react';
import { ChoiceField, ORDERINGS } from '../settings/choice-field';
import type { ChangeDraft, Draft } from '../settings/draft';
import { EventTypesField } from '../settings/event-types-field';
import { FilterField } from '../settings/filter-field';
import { StepButtons } from './step-buttons';

interface WhatStepProps {
  readonly draft: Draft;
  readonly change: ChangeDraft;
  readonly back: () => void;
  readonly next: () => void;
}

/** Which events, and in which order. */
export function WhatStep({ draft, change, back, next }: WhatStepProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    next();
  };
  return (
    <form onSubmit={submit}>
      <Stack mt="md">
        <Title order={2} size="h5">
          Which events?
        </Title>
        <EventTypesField chosen={draft.eventTypes} change={(eventTypes) => change({ eventTypes })} />
        <FilterField conditions={draft.conditions} change={(conditions) => change({ conditions })} />
        <Fieldset legend="Order">
          <ChoiceField
            label="What arrives in order"
            choices={ORDERINGS}
            value={draft.ordering}
            change={(ordering) => change({ ordering })}
          />
        </Fieldset>
      </Stack>
      <StepButtons next="Next: how" isReady={draft.eventTypes.length > 0} back={back} />
    </form>
  );
}
