import { matchesEventType, TENANT_EVENT_CONTRACTS } from '#libs/contracts';
import type { PositionVector } from '#libs/webhooks';

interface FeedPlace {
  /** Event types and patterns of them. */
  readonly eventTypes: readonly string[];
  readonly start: PositionVector;
  /** Cursors of the partitions that were begun. */
  readonly reached: PositionVector;
}

/**
 * How many offsets a subscription is behind the ends of the topics whose events it receives, whether or not they hold an
 * event for it.
 */
export function offsetsBehind({ eventTypes, start, reached }: FeedPlace, ends: PositionVector): number {
  const topics = new Set(
    TENANT_EVENT_CONTRACTS.filter((contract) =>
      eventTypes.some((pattern) => matchesEventType(pattern, contract.eventType)),
    ).map(({ topic }) => topic),
  );
  let behind = 0;
  for (const [key, end] of Object.entries(ends)) {
    if (!topics.has(key.slice(0, key.lastIndexOf('/')))) continue;
    behind += Math.max(0, end - (reached[key] ?? start[key] ?? 0));
  }
  return behind;
}
