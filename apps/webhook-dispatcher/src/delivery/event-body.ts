import { type RecordedEvent, withoutNulls } from '#libs/kernel';

const bodies = new WeakMap<RecordedEvent, string>();

/** The native body. Serialised once per event, however many subscriptions and attempts there are. */
export function eventBody(event: RecordedEvent): string {
  const known = bodies.get(event);
  if (known !== undefined) return known;
  const { eventId, occurredAt, version } = event.metadata;
  const body = JSON.stringify({
    eventId,
    eventType: event.type,
    occurredAt,
    version,
    data: withoutNulls(event.data),
  });
  bodies.set(event, body);
  return body;
}
