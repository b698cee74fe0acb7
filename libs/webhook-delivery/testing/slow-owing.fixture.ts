import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { Feed } from '../core/ports.js';

/** The events owed to a feed, computed the slow way. */
export const owedTo = (feed: Feed, log: readonly RecordedEvent[]): RecordedEvent[] =>
  log.filter((event) => {
    const end = feed.until?.[topicPartitionKey(event.position)] ?? Infinity;
    return event.position.offset < end && slowlyOwed(feed, event) === 'owed';
  });

/** Whether an event that lies before the end of a feed is owed to it, or why not. */
export function slowlyOwed(
  { start, rules }: Pick<Feed, 'start' | 'rules'>,
  event: RecordedEvent,
): 'owed' | 'before-start' | 'not-subscribed' | 'filtered' {
  const { offset } = event.position;
  const key = topicPartitionKey(event.position);
  const rule = rules.findLast(({ from }) => (from[key] ?? 0) <= offset);
  if (offset < (start[key] ?? 0) || !rule) return 'before-start';
  if (!rule.eventTypes.some((type) => ['*', 'order.*', event.type].includes(type))) return 'not-subscribed';
  const passes = Object.entries(rule.filter ?? {}).every(([path, wanted]) => isTrue(event, path, wanted));
  return passes ? 'owed' : 'filtered';
}

function isTrue(event: RecordedEvent, path: string, wanted: unknown): boolean {
  let value: unknown = event;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return [wanted].flat().includes(value ?? null);
}
