import { Anchor, Button, Card, List, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useScope } from '../../app/session';
import { Facts } from '../../parts/facts';
import { Identifier, shortId } from '../../parts/identifier';
import { JsonView } from '../../parts/json-view';
import { PositionLink } from '../../parts/position-link';
import { StatusBadge } from '../../parts/status-badge';
import { TimeText } from '../../parts/time-text';
import { UntoldWebhooks } from './untold-webhooks';
import { deliveriesOf, type Story, type StoryEvent } from './story';

interface EventPanelProps {
  readonly story: Story;
  readonly event: StoryEvent | undefined;
  readonly choose: (eventId: string) => void;
}

/** One event: who and why, what it changed, its payload, and its webhooks. */
export function EventPanel({ story, event, choose }: EventPanelProps) {
  const seesLog = useScope('operator');
  if (!event)
    return (
      <Card withBorder>
        <Text c="dimmed">Choose an event to see who caused it, what it changed, and who was told.</Text>
      </Card>
    );
  const causes = story.nodes.filter(({ eventId }) => event.causes.includes(eventId));
  const effects = story.nodes.filter(({ causes }) => causes.includes(event.eventId));
  return (
    <Card withBorder component="section" aria-label={`Event ${event.eventType}`}>
      <Stack>
        <Title order={2} size="h5">
          {event.eventType}
        </Title>
        <Facts
          items={{
            When: <TimeText at={event.occurredAt} />,
            Who: event.actor,
            Cause:
              causes.length > 0 ? (
                <EventButtons events={causes} choose={choose} />
              ) : (
                (event.causationId ?? 'a request')
              ),
            Caused: effects.length > 0 && <EventButtons events={effects} choose={choose} />,
            Event: <Identifier value={event.eventId} label="event id" />,
            Stream: `${event.streamId}, version ${event.version}`,
            Position: seesLog ? <PositionLink position={event.position} /> : event.position,
            Correlation: event.correlationId,
          }}
        />
        <Deliveries story={story} event={event} />
        {event.change && event.change.length > 0 && <Changes change={event.change} />}
        <Title order={3} size="h6">
          Payload
        </Title>
        <JsonView value={event.data} label="payload" />
      </Stack>
    </Card>
  );
}

interface EventButtonsProps extends Pick<EventPanelProps, 'choose'> {
  readonly events: readonly StoryEvent[];
}

const EventButtons = ({ events, choose }: EventButtonsProps) => (
  <List size="sm" listStyleType="none">
    {events.map(({ eventId, eventType }) => (
      <List.Item key={eventId}>
        <Button variant="subtle" size="compact-xs" onClick={() => choose(eventId)}>
          {eventType}
        </Button>
      </List.Item>
    ))}
  </List>
);

function Deliveries({ story, event }: Pick<EventPanelProps, 'story'> & { readonly event: StoryEvent }) {
  if (!story.webhooks) return null;
  const deliveries = deliveriesOf(story, event.eventId);
  return (
    <>
      <Title order={3} size="h6">
        Webhooks
      </Title>
      {deliveries.map(({ subscriptionId, host, status, attempts, lastAttemptAt }) => (
        <Facts
          key={subscriptionId}
          items={{
            To: (
              <Anchor
                component={Link}
                to={`/webhooks/${subscriptionId}/deliveries/${event.eventId}`}
                size="sm"
              >
                {host} ({shortId(subscriptionId)})
              </Anchor>
            ),
            Status: <StatusBadge status={status} />,
            Attempts: attempts,
            Last: <TimeText at={lastAttemptAt} />,
          }}
        />
      ))}
      <UntoldWebhooks eventId={event.eventId} told={deliveries.map(({ subscriptionId }) => subscriptionId)} />
    </>
  );
}

/** Pointers and their values before and after. */
function Changes({ change }: { readonly change: NonNullable<StoryEvent['change']> }) {
  return (
    <>
      <Title order={3} size="h6">
        What it changed
      </Title>
      <div className="scrolls" role="region" aria-label="Changes" tabIndex={0}>
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>Before</Table.Th>
              <Table.Th>After</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {change.map(({ pointer, before, after }) => (
              <Table.Tr key={pointer}>
                <Table.Td>{pointer}</Table.Td>
                <Table.Td className="change-before">{valueText(before)}</Table.Td>
                <Table.Td className="change-after">{valueText(after)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

const valueText = (value: unknown): string =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
