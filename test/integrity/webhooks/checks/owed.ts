import { groupedBy } from '../../checks/violation.js';
import type { Acknowledged, Feed, LogEvent, Ordering } from '../evidence.js';

/** What a feed is owed, as an independent reader of the log finds it. */
export interface Owed {
  /** By id, in the order of the log within each partition. */
  readonly events: ReadonlyMap<string, LogEvent>;
  /** The event owed just before, in the same partition; none before the first. */
  readonly previousOf: ReadonlyMap<string, string>;
  /** The event owed just before, in the same lane. */
  readonly laneBefore: ReadonlyMap<string, string>;
}

const ALIAS = 'order.updated';

export const matches = (types: readonly string[], type: string): boolean =>
  types.some((wanted) => {
    if (wanted === '*') return true;
    if (wanted === ALIAS) return type.startsWith('order.') && type !== 'order.created';
    return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
  });

export const positionOf = ({ topic, partition, offset }: LogEvent): string =>
  `${topic}/${partition}@${offset}`;

const partitionOf = ({ topic, partition }: LogEvent): string => `${topic}/${partition}`;

function laneOf(ordering: Ordering, event: LogEvent): string {
  switch (ordering) {
    case 'stream':
      return `${event.topic} ${event.streamId}`;
    case 'partition':
      return partitionOf(event);
    case 'none':
      return event.eventId;
  }
}

export function owedTo(feed: Feed, log: readonly LogEvent[], acknowledged: readonly Acknowledged[]): Owed {
  const matching = log.filter(
    ({ headers, version }) =>
      matches(feed.eventTypes, headers.type) && (feed.versions?.includes(version) ?? true),
  );
  const certain = new Set(
    acknowledged
      .filter(({ sentAt, knownAt }) => sentAt > feed.sentAfter && knownAt < feed.knownBefore)
      .map(({ position }) => position),
  );
  const received = new Set(feed.receipts.flatMap(({ ids }) => ids));
  const owed = [...groupedBy(matching, partitionOf).values()].flatMap((events) => {
    const sorted = events.toSorted((a, b) => a.offset - b.offset);
    // Where it begins and ends nobody tells: at the latest with what is certain, and with what came.
    const isIn = (event: LogEvent) => certain.has(positionOf(event)) || received.has(event.eventId);
    const first = feed.fromBeginning ? 0 : sorted.findIndex(isIn);
    const last = feed.ends ? sorted.findLastIndex(isIn) : sorted.length - 1;
    return first < 0 ? [] : sorted.slice(first, last + 1);
  });
  return {
    events: new Map(owed.map((event) => [event.eventId, event])),
    previousOf: linked(owed, partitionOf),
    laneBefore: linked(owed, (event) => laneOf(feed.ordering, event)),
  };
}

/** Of each event, the one before it in its group. */
function linked(events: readonly LogEvent[], groupOf: (event: LogEvent) => string): Map<string, string> {
  const last = new Map<string, string>();
  const before = new Map<string, string>();
  for (const event of events) {
    const group = groupOf(event);
    const previous = last.get(group);
    if (previous !== undefined) before.set(event.eventId, previous);
    last.set(group, event.eventId);
  }
  return before;
}
