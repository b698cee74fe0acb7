import { Text } from '@mantine/core';
import type { KeyboardEvent } from 'react';
import { placeName, placesOf, type StoryEvent } from './story';

interface CauseGraphProps {
  readonly events: readonly StoryEvent[];
  readonly selected: string | undefined;
  readonly choose: (eventId: string) => void;
}

const COLUMN = 172;
const ROW = 46;
const HEAD = 28;
const BOX = { width: 158, height: 30 };

/** Time goes down, places lie side by side, and a line leads from each cause to what it caused. */
export function CauseGraph({ events, selected, choose }: CauseGraphProps) {
  const places = placesOf(events);
  const at = new Map(
    events.map((event, row) => [
      event.eventId,
      { x: places.indexOf(event.topic) * COLUMN + 7, y: HEAD + row * ROW + 8 },
    ]),
  );
  const lines = events.flatMap(({ eventId, causes }) =>
    causes.flatMap((cause) => {
      const [from, to] = [at.get(cause), at.get(eventId)];
      return from && to ? [{ eventId, cause, from, to }] : [];
    }),
  );
  const isNear = (id: string | undefined) => id !== undefined && id === selected;

  return (
    <>
      <Text size="sm" c="dimmed">
        A line leads from a cause to what it caused. An event without one began with a request.
      </Text>
      <div className="scrolls" role="region" aria-label="Causes" tabIndex={0}>
        <svg
          width={places.length * COLUMN}
          height={HEAD + events.length * ROW + 8}
          className="causes"
          role="group"
          aria-label="Events by place and time, with their causes"
        >
          {places.map((topic, column) => (
            <text key={topic} x={column * COLUMN + 7 + BOX.width / 2} y={18} className="causes-place">
              {placeName(topic)}
            </text>
          ))}
          {lines.map(({ eventId, cause, from, to }) => (
            <path
              key={`${cause} ${eventId}`}
              d={lineBetween(from, to)}
              className="causes-line"
              data-near={isNear(eventId) || isNear(cause) || undefined}
            />
          ))}
          {events.map((event) => {
            const { eventId, eventType, causes, topic } = event;
            const { x, y } = at.get(eventId) ?? { x: 0, y: 0 };
            const cause = events.find((other) => causes.includes(other.eventId));
            const label = `${placeName(topic)}: ${eventType}${cause ? `, caused by ${cause.eventType}` : ''}`;
            return (
              <g
                key={eventId}
                transform={`translate(${x} ${y})`}
                className="causes-event"
                role="button"
                tabIndex={0}
                aria-label={label}
                aria-pressed={eventId === selected}
                onClick={() => choose(eventId)}
                onKeyDown={(key) => onPress(key, () => choose(eventId))}
              >
                <rect {...BOX} rx={5} />
                <text x={BOX.width / 2} y={19}>
                  {eventType.length > 24 ? `${eventType.slice(0, 23)}…` : eventType}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
    </>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the bottom of the cause to the top of its effect; at the side where both are in one column. */
function lineBetween(from: Point, to: Point): string {
  if (from.x === to.x && to.y - from.y > ROW) {
    const [x, y, end] = [from.x + BOX.width, from.y + BOX.height / 2, to.y + BOX.height / 2];
    return `M ${x} ${y} C ${x + 26} ${y}, ${x + 26} ${end}, ${x} ${end}`;
  }
  const [x, y] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [endX, endY] = [to.x + BOX.width / 2, to.y];
  const bend = Math.max(12, (endY - y) / 2);
  return `M ${x} ${y} C ${x} ${y + bend}, ${endX} ${endY - bend}, ${endX} ${endY}`;
}

function onPress(event: KeyboardEvent, act: () => void): void {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  act();
}
