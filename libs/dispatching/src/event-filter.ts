import { matchesEventType } from '#libs/contracts';
import type { RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';

/** Whether an event is owed to a subscription. */
export type EventFilter = (event: RecordedEvent) => boolean;

export function eventFilterOf({
  tenant,
  eventTypes,
}: Pick<Subscription, 'tenant' | 'eventTypes'>): EventFilter {
  // There are few event types and many events: each type is looked at once.
  const matches = new Map<string, boolean>();
  return ({ type, metadata }) => {
    if (metadata.tenant !== tenant) return false;
    const known = matches.get(type);
    if (known !== undefined) return known;
    const matching = eventTypes.some((pattern) => matchesEventType(pattern, type));
    matches.set(type, matching);
    return matching;
  };
}
