import { Badge, Box, Group, Text, UnstyledButton } from '@mantine/core';
import { durationText, TimeText } from '../../parts/time-text';
import { deliveriesOf, placeName, type Story, type StoryDelivery, type StoryEvent, summaryOf } from './story';

interface TimelineProps {
  readonly story: Story;
  readonly events: readonly StoryEvent[];
  readonly selected: string | undefined;
  readonly choose: (eventId: string) => void;
}

/** Events from the oldest to the newest, each with what became of its webhooks. */
export function Timeline({ story, events, selected, choose }: TimelineProps) {
  return (
    <Box component="ol" className="timeline" aria-label="Events of the order, oldest first">
      {events.map((event, index) => (
        <li key={event.eventId}>
          <UnstyledButton
            className="timeline-event"
            data-topic={event.topic}
            aria-pressed={event.eventId === selected}
            onClick={() => choose(event.eventId)}
          >
            <Group gap="xs" wrap="nowrap" align="baseline">
              <Text span size="xs" c="dimmed" w={64} ta="right" className="timeline-time">
                {pauseBefore(event, events[index - 1])}
              </Text>
              <Badge variant="dot" color={colourOf(event.topic)} tt="none" radius="sm" miw={84}>
                {placeName(event.topic)}
              </Badge>
              <Text span size="sm" fw={600}>
                {event.eventType}
              </Text>
              <Text span size="sm" c="dimmed" truncate>
                {summaryOf(event)}
              </Text>
            </Group>
            <Webhooks deliveries={deliveriesOf(story, event.eventId)} />
          </UnstyledButton>
        </li>
      ))}
    </Box>
  );
}

/** The first event says when, and each later one how long after the one before. */
function pauseBefore(event: StoryEvent, before: StoryEvent | undefined) {
  if (!before) return <TimeText at={event.occurredAt} brief />;
  const ms = Date.parse(event.occurredAt) - Date.parse(before.occurredAt);
  return `+ ${durationText(Math.max(0, ms))}`;
}

const COLOURS: Readonly<Record<string, string>> = {
  carts: 'grape',
  orders: 'teal',
  processes: 'gray',
  inventory: 'orange',
  payments: 'indigo',
  notifications: 'pink',
};

export const colourOf = (topic: string): string => COLOURS[topic] ?? 'gray';

const OUTCOMES = [
  ['delivered', 'delivered to', 'green'],
  ['retrying', 'retrying to', 'yellow'],
  ['dead-letter', 'not delivered to', 'red'],
  ['skipped', 'skipped for', 'gray'],
] as const;

function Webhooks({ deliveries }: { readonly deliveries: readonly StoryDelivery[] }) {
  const counts = OUTCOMES.map(([status, words, color]) => ({
    text: `${words} ${deliveries.filter((delivery) => delivery.status === status).length}`,
    color,
    isShown: deliveries.some((delivery) => delivery.status === status),
  })).filter(({ isShown }) => isShown);
  if (counts.length === 0) return null;
  return (
    <Group gap={6} pl={72} mt={2}>
      {counts.map(({ text, color }) => (
        <Badge key={text} size="sm" variant="light" color={color} tt="none" radius="sm">
          {text}
        </Badge>
      ))}
    </Group>
  );
}
