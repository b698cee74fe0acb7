import { Alert, Button, Fieldset, Group, List, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { Problem } from '../../../api/problem';
import { useScope } from '../../../app/session';
import { ProblemNotice } from '../../../parts/problem-notice';
import { AdvancedFields } from '../settings/advanced-fields';
import { ChoiceField, ORDERINGS } from '../settings/choice-field';
import { changesOf, type Draft, draftOf } from '../settings/draft';
import { EventTypesField } from '../settings/event-types-field';
import { FilterField } from '../settings/filter-field';
import { FilterWarnings } from '../settings/filter-warnings';
import { changeWebhook } from '../subscription-acts';
import type { Subscription } from '../subscription';
import { OriginFacts } from './origin-facts';
import { SecretPanel } from './secret-panel';

interface TabProps {
  readonly subscription: Subscription;
}

/** Everything that can be changed of a webhook, and its secret. */
export function SettingsTab({ subscription }: TabProps) {
  const [edited, setEdited] = useState(subscription);
  return (
    <Stack gap="lg" maw={860}>
      {/* It begins anew with what was saved, or with what somebody else has made of it. */}
      <SettingsForm key={edited.version} edited={edited} present={subscription} begin={setEdited} />
      <section>
        <Title order={2} size="h5" mb="xs">
          Secret
        </Title>
        <SecretPanel id={subscription.subscriptionId} />
      </section>
      <section>
        <Title order={2} size="h5" mb="xs">
          Origin
        </Title>
        <OriginFacts subscription={subscription} />
      </section>
    </Stack>
  );
}

interface SettingsFormProps {
  /** As it was when the form began. */
  readonly edited: Subscription;
  /** As it is now. */
  readonly present: Subscription;
  readonly begin: (subscription: Subscription) => void;
}

function SettingsForm({ edited, present, begin }: SettingsFormProps) {
  const queries = useQueryClient();
  const mayChange = useScope('webhooks:write');
  const [before] = useState(() => draftOf(edited));
  const [draft, setDraft] = useState(before);
  const change = (changed: Partial<Draft>) => setDraft((draft) => ({ ...draft, ...changed }));
  const isOutdated = Object.keys(changesOf(before, draftOf(present))).length > 0;
  const changes = changesOf(before, draft);
  const names = Object.keys(changes);
  const { mutate, error, isPending, data } = useMutation({
    // Dead letters count as versions, too: only other settings make what a person sees outdated.
    mutationFn: () =>
      changeWebhook(edited.subscriptionId, isOutdated ? edited.version : present.version, changes),
    onSuccess: async (changed) => {
      await queries.invalidateQueries();
      if (!changed.warnings?.length) begin(changed);
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Title order={2} size="h5">
          Settings
        </Title>
        <fieldset disabled={!mayChange} className="plain">
          <Stack>
            <TextInput
              label="Address"
              description="Where events are posted. A query is stored encrypted and shown as ?…, which keeps it."
              required
              value={draft.callbackUrl}
              onChange={({ currentTarget }) => change({ callbackUrl: currentTarget.value })}
            />
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
            <AdvancedFields draft={draft} change={change} headerNames={edited.headerNames ?? []} />
          </Stack>
        </fieldset>
        {isOutdated && !data && (
          <Alert color="yellow" variant="light" title="It has changed since this form was opened.">
            <Button size="xs" variant="default" onClick={() => begin(present)}>
              Begin anew with what it is now
            </Button>
          </Alert>
        )}
        <ProblemNotice error={error} />
        {error instanceof Problem && error.status === 412 && (
          <Text size="sm">Somebody else has changed it. Begin anew, so that you see what you change.</Text>
        )}
        {data && <FilterWarnings warnings={data.warnings} />}
        {mayChange && <SaveBar names={names} isPending={isPending} reset={() => setDraft(before)} />}
      </Stack>
    </form>
  );
}

interface SaveBarProps {
  readonly names: readonly string[];
  readonly isPending: boolean;
  readonly reset: () => void;
}

function SaveBar({ names, isPending, reset }: SaveBarProps) {
  const isAddress = names.includes('callbackUrl');
  return (
    <Stack gap="xs" className="save-bar">
      {isAddress && (
        <List size="sm">
          <List.Item>Pending retries run at the new address at once, with a full set of attempts.</List.Item>
          <List.Item>
            Extra headers stay with their host: if scheme, host or port change, give them anew or they are
            dropped.
          </List.Item>
        </List>
      )}
      <Group>
        <Button type="submit" disabled={names.length === 0} loading={isPending}>
          Save
        </Button>
        <Button variant="default" disabled={names.length === 0} onClick={reset}>
          Undo
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {names.length === 0 ? 'Nothing is changed.' : `Changed: ${names.join(', ')}`}
        </Text>
      </Group>
    </Stack>
  );
}
