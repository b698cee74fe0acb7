import { Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { type SubmitEvent, useEffect, useState } from 'react';
import { api } from '../../../api/client';
import { useFilters } from '../../../parts/filters';
import { ProblemNotice } from '../../../parts/problem-notice';
import { StatusBadge } from '../../../parts/status-badge';
import { ExplanationFacts } from '../deliveries/explanation-facts';
import type { Explanation, Subscription } from '../subscription';
import { DeliveryLink, TabLink } from './tab-link';

/** Why this webhook got an event, or did not. */
export function ExplainTab({
  subscription: { subscriptionId: id },
}: {
  readonly subscription: Subscription;
}) {
  const { eventId, position } = useSearch({ from: '/webhooks/$subscriptionId' });
  const [, change] = useFilters();
  const asked = position ?? eventId ?? '';
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = text.trim();
    change(
      given.includes('@') ? { position: given, eventId: undefined } : { eventId: given, position: undefined },
    );
  };
  return (
    <Stack>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Event id or position"
            placeholder="orders/3@17"
            required
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            flex={1}
            miw={240}
            maw={480}
          />
          <Button type="submit">Explain</Button>
        </Group>
      </form>
      {asked === '' ? (
        <Text c="dimmed">
          For any event of the log, this tells whether this webhook got it, and if not, why: filtered, parked,
          behind another, skipped, paused, or from before its start.
        </Text>
      ) : (
        <Explained id={id} query={position === undefined ? { eventId: asked } : { position }} />
      )}
    </Stack>
  );
}

interface ExplainedProps {
  readonly id: string;
  readonly query: { readonly eventId?: string; readonly position?: string };
}

function Explained({ id, query }: ExplainedProps) {
  const { data, error, isPending } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/explain',
    { params: { path: { subscriptionId: id }, query } },
    { refetchInterval: 5_000 },
  );
  if (error)
    return (
      <Stack gap="sm" align="flex-start">
        <ProblemNotice error={error} />
        {query.eventId !== undefined && (
          <TabLink id={id} tab="deliveries" filters={{ orderId: query.eventId }}>
            If this is the id of an order: its deliveries
          </TabLink>
        )}
      </Stack>
    );
  if (isPending) return <Text role="status">Looking…</Text>;
  return (
    <Card withBorder padding="md" role="status">
      <Stack gap="sm">
        <Group gap="sm">
          <StatusBadge status={data.outcome} />
          <Title order={2} size="h5">
            {data.eventType}
          </Title>
        </Group>
        <Text>{data.reason}</Text>
        <ExplanationFacts id={id} explanation={data} />
        <Group gap="md">
          {wasSent(data) && (
            <DeliveryLink id={id} eventId={data.eventId}>
              What was sent
            </DeliveryLink>
          )}
          <NextStep id={id} {...data} />
        </Group>
      </Stack>
    </Card>
  );
}

const AFTER_AN_ATTEMPT = new Set(['delivered', 'retrying', 'parked', 'skipped']);

const wasSent = ({ outcome, replays = [] }: Explanation): boolean =>
  AFTER_AN_ATTEMPT.has(outcome) || replays.length > 0;

/** Where a person goes from an outcome. */
function NextStep({ id, outcome, eventId }: { readonly id: string } & Explanation) {
  switch (outcome) {
    case 'parked':
    case 'blocked':
      return (
        <TabLink id={id} tab="dead-letters">
          Redrive or skip the dead letters
        </TabLink>
      );
    case 'retrying':
      return (
        <TabLink id={id} tab="deliveries" filters={{ eventId }}>
          Its attempts
        </TabLink>
      );
    case 'filtered':
    case 'not-subscribed':
      return (
        <TabLink id={id} tab="settings">
          Event types and filter
        </TabLink>
      );
    case 'skipped':
    case 'before-start':
      return (
        <TabLink id={id} tab="replays">
          Send it by a replay
        </TabLink>
      );
    default:
      return null;
  }
}
