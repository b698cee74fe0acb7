import {
  Anchor,
  Badge,
  Checkbox,
  CloseButton,
  Fieldset,
  Group,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../api/client';
import { ProblemNotice } from '../../../parts/problem-notice';
import { coveredBy, type EventTypeGroup, groupsOf } from './event-type-groups';
import '../webhooks.css';

interface EventTypesFieldProps {
  readonly chosen: readonly string[];
  readonly change: (chosen: string[]) => void;
}

/** Event types from the catalogue: single ones, or all of a group, which includes those to come. */
export function EventTypesField({ chosen, change }: EventTypesFieldProps) {
  const [sought, setSought] = useState('');
  const [isFirstChoice] = useState(chosen.length === 0);
  const { data, error } = api.useQuery('get', '/v1/event-types', {}, { staleTime: Infinity });
  const groups = data && groupsOf(data.items, sought);
  const set = (pattern: string, isChosen: boolean) =>
    change(isChosen ? [...chosen, pattern] : chosen.filter((other) => other !== pattern));
  return (
    <Fieldset legend="Event types">
      <Stack gap="sm">
        <Group gap={6} role="status" aria-label="Chosen event types">
          {chosen.length === 0 && (
            <Text size="sm" c="dimmed">
              Choose at least one.
            </Text>
          )}
          {chosen.map((pattern) => (
            <Badge
              key={pattern}
              variant="light"
              size="lg"
              tt="none"
              radius="sm"
              rightSection={
                <CloseButton size="xs" aria-label={`Remove ${pattern}`} onClick={() => set(pattern, false)} />
              }
            >
              {pattern}
            </Badge>
          ))}
        </Group>
        <Text size="sm">
          <Anchor component={Link} to="/event-types" target="_blank" size="sm">
            What each of them carries (in a new tab)
          </Anchor>
        </Text>
        <TextInput
          type="search"
          label="Search"
          placeholder="shipped"
          value={sought}
          onChange={({ currentTarget }) => setSought(currentTarget.value)}
          maw={320}
        />
        <ProblemNotice error={error} />
        <Checkbox
          label="*"
          description="Everything, also types to come, except events about webhooks and processes."
          checked={chosen.includes('*')}
          onChange={({ currentTarget }) => set('*', currentTarget.checked)}
        />
        {groups?.map((group) => (
          <GroupOfTypes
            key={group.pattern}
            group={group}
            chosen={chosen}
            set={set}
            isOpen={isFirstChoice || sought.trim() !== ''}
          />
        ))}
        {groups?.length === 0 && <Text c="dimmed">No event type matches.</Text>}
      </Stack>
    </Fieldset>
  );
}

interface GroupOfTypesProps {
  readonly group: EventTypeGroup;
  readonly chosen: readonly string[];
  readonly set: (pattern: string, isChosen: boolean) => void;
  /** Open even if nothing of it is chosen. */
  readonly isOpen: boolean;
}

function GroupOfTypes({ group: { pattern, types }, chosen, set, isOpen }: GroupOfTypesProps) {
  const names = [pattern, ...types.map(({ eventType }) => eventType)];
  // As it was at first, so that a group does not close under a person's hands.
  const [isChosen] = useState(() => names.some((name) => chosen.includes(name)));
  const box = (name: string, description: string) => {
    const cover = coveredBy(name, chosen);
    return (
      <Checkbox
        key={name}
        label={name}
        description={cover === undefined ? description : `Included in ${cover}. ${description}`}
        checked={cover !== undefined || chosen.includes(name)}
        disabled={cover !== undefined}
        onChange={({ currentTarget }) => set(name, currentTarget.checked)}
      />
    );
  };
  return (
    <details open={isOpen || isChosen}>
      <summary>
        <Title order={3} size="h6" display="inline" lh={2}>
          {pattern.slice(0, -2)}
        </Title>
      </summary>
      <Stack gap={8}>
        {box(pattern, 'All of these, also those to come.')}
        <div className="choices">
          {types.map(({ eventType, description }) => box(eventType, description))}
        </div>
      </Stack>
    </details>
  );
}
