import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { Feed } from '../core/ports.js';

/** The events owed to a feed, computed the slow way. */
export const owedTo = (feed: Feed, log: readonly RecordedEvent[]): RecordedEvent[] =>
  log.filter((event) => {
    const end = feed.until?.[topicPartitionKey(event.position)] ?? Infinity;
    return event.position.offset < end && slowlyOwed(feed, event) === 'owed';
  });

/** Why an event is not owed, with what a person would be told of it. */
export type SlowlyOwed =
  | { readonly outcome: 'owed' }
  | { readonly outcome: 'before-start'; readonly start: number }
  | { readonly outcome: 'not-subscribed'; readonly eventTypes: readonly string[] }
  /** `field`: the first one that has another value. */
  | { readonly outcome: 'filtered'; readonly field: string };

/** Whether an event that lies before the end of a feed is owed to it. */
export const slowlyOwed = (
  feed: Pick<Feed, 'start' | 'rules'>,
  event: RecordedEvent,
): SlowlyOwed['outcome'] => whySlowlyOwed(feed, event).outcome;

export function whySlowlyOwed(
  { start, rules }: Pick<Feed, 'start' | 'rules'>,
  event: RecordedEvent,
): SlowlyOwed {
  const { offset } = event.position;
  const key = topicPartitionKey(event.position);
  const from = start[key] ?? 0;
  const rule = rules.findLast((each) => (each.from[key] ?? 0) <= offset);
  if (offset < from || !rule) return { outcome: 'before-start', start: from };
  const { eventTypes, filter } = rule;
  if (!eventTypes.some((type) => ['*', 'order.*', event.type].includes(type)))
    return { outcome: 'not-subscribed', eventTypes };
  const failed = Object.entries(filter ?? {}).find(([path, wanted]) => !isTrue(event, path, wanted));
  return failed ? { outcome: 'filtered', field: failed[0] } : { outcome: 'owed' };
}

function isTrue(event: RecordedEvent, path: string, wanted: unknown): boolean {
  let value: unknown = event;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return [wanted].flat().includes(value ?? null);
}
