import { contractOfEvent, EVENT_TYPES, matchesEventType } from '#libs/contracts';
import type { PositionVector } from '#libs/webhooks';

/** The part of the log that a replay covers, by partition. */
export interface ReplayRange {
  readonly start: PositionVector;
  readonly until: PositionVector;
}

/** The range between two places, in those partitions of the topics where it is not empty. */
export function replayRange(
  from: PositionVector,
  to: PositionVector,
  topics: ReadonlySet<string>,
): ReplayRange {
  const start: Record<string, number> = {};
  const until: Record<string, number> = {};
  for (const [key, end] of Object.entries(to)) {
    const beginning = from[key] ?? 0;
    if (end <= beginning || !topics.has(key.slice(0, key.lastIndexOf('/')))) continue;
    start[key] = beginning;
    until[key] = end;
  }
  return { start, until };
}

/** The event types that match every one of these lists of patterns. */
export const commonEventTypes = (...lists: readonly (readonly string[])[]): string[] =>
  EVENT_TYPES.filter((type) =>
    lists.every((patterns) => patterns.some((pattern) => matchesEventType(pattern, type))),
  );

export const topicsOfEventTypes = (eventTypes: readonly string[]): Set<string> =>
  new Set(eventTypes.flatMap((type) => contractOfEvent(type)?.topic ?? []));
