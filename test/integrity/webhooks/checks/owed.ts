import { formatPosition, topicPartitionKey } from '#libs/kernel';
import { groupedBy } from '../../violation.js';
import type { Feed, FeedRule, LogEvent, LogEvidence, Ordering } from '../evidence.js';

/** Milliseconds within which a dispatcher hears of a change, whatever happens to it. Until then it applies older rules. */
const HEARD_WITHIN_MS = 60_000;

/** The events owed to a feed, as an independent reader of the log finds them. */
export interface Owed {
  /** By id, in the order of the log within each partition. */
  readonly events: ReadonlyMap<string, LogEvent>;
  /** Events that may come: these, and those that were owed until a change was heard. */
  readonly mayCome: ReadonlyMap<string, LogEvent>;
  /** The event owed just before, in the same partition; none before the first. Not there where a change was just made. */
  readonly previousOf: ReadonlyMap<string, string | undefined>;
  /** The event owed just before in the same lane, except where a recent change lets events come late. */
  readonly laneBefore: ReadonlyMap<string, string>;
}

const ALIAS = 'order.updated';

export const matches = (types: readonly string[], type: string): boolean =>
  types.some((wanted) => {
    if (wanted === '*') return true;
    if (wanted === ALIAS) return type.startsWith('order.') && type !== 'order.created';
    return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
  });

function laneOf(ordering: Ordering, event: LogEvent): string {
  switch (ordering) {
    case 'stream':
      return `${event.topic} ${event.streamId}`;
    case 'partition':
      return topicPartitionKey(event);
    case 'none':
      return event.eventId;
  }
}

export function owedTo(feed: Feed, { log, acknowledged, rules }: LogEvidence): Owed {
  const unchanged: FeedRule = { from: {}, eventTypes: feed.eventTypes, versions: feed.versions, at: 0 };
  const given = rules.get(feed.feedId) ?? [unchanged];
  const judged = log
    .map((event) => ({ event, verdicts: verdictsOn(event, given) }))
    .filter(({ verdicts }) => verdicts.includes(true));
  const certain = new Set(
    acknowledged
      .filter(({ sentAt, knownAt }) => sentAt > feed.sentAfter && knownAt < feed.knownBefore)
      .map(({ position }) => position),
  );
  const received = new Set(feed.receipts.flatMap(({ ids }) => ids));
  const mayCome = [...groupedBy(judged, ({ event }) => topicPartitionKey(event)).values()].flatMap(
    (events) => {
      const sorted = events.toSorted((a, b) => a.event.offset - b.event.offset);
      // The exact beginning and end are unknown: at the latest, they are at the events that are certain or that came.
      const isIn = ({ event }: Judged) => certain.has(formatPosition(event)) || received.has(event.eventId);
      const first = feed.fromBeginning ? 0 : sorted.findIndex(isIn);
      const last = feed.ends ? sorted.findLastIndex(isIn) : sorted.length - 1;
      return first < 0 ? [] : sorted.slice(first, last + 1);
    },
  );
  const inOrder = mayCome.filter(isUndisputed).map(({ event }) => event);
  return {
    events: byId(mayCome.filter(({ verdicts }) => verdicts.at(-1))),
    mayCome: byId(mayCome),
    previousOf: previousOf(mayCome),
    laneBefore: linked(inOrder, (event) => laneOf(feed.ordering, event)),
  };
}

/** An event, and by each rule that it may be judged by whether it is owed. The last one is right. */
interface Judged {
  readonly event: LogEvent;
  readonly verdicts: readonly boolean[];
}

const isUndisputed = ({ verdicts }: Judged): boolean => !verdicts.includes(false);

function verdictsOn(event: LogEvent, rules: readonly FeedRule[]): boolean[] {
  const begun = rules.filter(({ from }) => (from[topicPartitionKey(event)] ?? 0) <= event.offset);
  const judges = begun.filter((_, index) => {
    const next = begun[index + 1];
    return !next || next.at + HEARD_WITHIN_MS > event.occurredAt;
  });
  return judges.map(
    ({ eventTypes, versions }) =>
      matches(eventTypes, event.headers.type) && (versions?.includes(event.version) ?? true),
  );
}

const byId = (judged: readonly Judged[]): Map<string, LogEvent> =>
  new Map(judged.map(({ event }) => [event.eventId, event]));

/** Only where it is beyond dispute. */
function previousOf(mayCome: readonly Judged[]): Map<string, string | undefined> {
  const last = new Map<string, Judged>();
  const previous = new Map<string, string | undefined>();
  for (const each of mayCome) {
    const before = last.get(topicPartitionKey(each.event));
    if (isUndisputed(each) && (!before || isUndisputed(before)))
      previous.set(each.event.eventId, before?.event.eventId);
    last.set(topicPartitionKey(each.event), each);
  }
  return previous;
}

/** Maps each event to its predecessor in the same group. */
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
