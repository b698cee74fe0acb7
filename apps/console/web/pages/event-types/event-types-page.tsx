import { Anchor, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client';
import { JsonView } from '../../parts/json-view';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import type { EventType } from '../webhooks/subscription';
import { groupsOf } from '../webhooks/settings/event-type-groups';
import '../webhooks/webhooks.css';

/** What can be subscribed to: each event type with its schema, and an example. */
export function EventTypesPage() {
  const { type } = useSearch({ from: '/event-types' });
  const [sought, setSought] = useState('');
  const { data, error } = api.useQuery('get', '/v1/event-types', {}, { staleTime: Infinity });
  const chosen = data?.items.find(({ eventType }) => eventType === type);
  return (
    <>
      <PageHeader
        title="Event types"
        description="What a webhook can subscribe to, and what it gets. New fields may appear in any of them."
      />
      <ProblemNotice error={error} />
      <div className="catalogue">
        <Stack component="nav" aria-label="Event types" gap="sm">
          <TextInput
            type="search"
            label="Search"
            placeholder="shipped"
            value={sought}
            onChange={({ currentTarget }) => setSought(currentTarget.value)}
          />
          {data && <TypeList types={data.items} sought={sought} chosen={chosen} />}
        </Stack>
        {chosen ? (
          <TypeCard type={chosen} />
        ) : (
          <Text c="dimmed">
            {type === undefined ? 'Choose an event type.' : `There is no event type ${type}.`}
          </Text>
        )}
      </div>
    </>
  );
}

interface TypeListProps {
  readonly types: readonly EventType[];
  readonly sought: string;
  readonly chosen: EventType | undefined;
}

function TypeList({ types, sought, chosen }: TypeListProps) {
  const groups = groupsOf(types, sought);
  if (groups.length === 0) return <Text c="dimmed">No event type matches.</Text>;
  return groups.map(({ pattern, types }) => (
    <section key={pattern}>
      <Title order={2} size="h6">
        {pattern.slice(0, -2)}
      </Title>
      <Stack gap={2}>
        {types.map(({ eventType }) => (
          <Anchor
            key={eventType}
            component={Link}
            to="/event-types"
            search={{ type: eventType } as never}
            size="sm"
            fw={eventType === chosen?.eventType ? 700 : 400}
            aria-current={eventType === chosen?.eventType ? 'true' : undefined}
          >
            {eventType}
          </Anchor>
        ))}
      </Stack>
    </section>
  ));
}

function TypeCard({
  type: { eventType, topic, description, dataSchema, example },
}: {
  readonly type: EventType;
}) {
  return (
    <Card withBorder padding="md">
      <Stack>
        <Stack gap={2}>
          <Group gap="sm">
            <Title order={2} size="h4">
              {eventType}
            </Title>
            <Text size="sm" c="dimmed">
              topic {topic}
            </Text>
          </Group>
          <Text>{description}</Text>
        </Stack>
        <section>
          <Title order={3} size="h6" mb="xs">
            Example of a body
          </Title>
          <JsonView label="example" value={example} />
        </section>
        <section>
          <Title order={3} size="h6" mb="xs">
            JSON schema of data
          </Title>
          <JsonView label="schema" value={dataSchema} />
        </section>
      </Stack>
    </Card>
  );
}
