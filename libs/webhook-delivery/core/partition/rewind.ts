import {
  type EventBatch,
  formatPosition,
  type LogReader,
  type SizedEvent,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import { changesSince } from '#libs/webhooks';
import { reopened } from '../cursors/cursor.js';
import type { IndexedFeed } from '../feeds/feed-index.js';
import { type EventMatcher, eventMatcherOf } from '../feeds/event-matcher.js';
import type { SavedCursor } from '../ports.js';
import type { PartitionTail } from '../tail/partition-tail.js';

/** A feed whose cursor was matched against older rules than it has now. */
export interface StaleFeed {
  readonly indexed: IndexedFeed;
  readonly cursor: SavedCursor;
}

/** The log of one partition. */
export interface PartitionLog {
  readonly at: TopicPartition;
  readonly reader: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly tail: PartitionTail;
}

const EVENTS_AT_ONCE = 500;

/**
 * Rewinds cursors for events that newer rules owe and older ones skipped. These arrive late, after events that were
 * delivered meanwhile, but none is lost and none repeated. Only if the older rules are no longer known may an event repeat.
 * @returns the rewound cursors by feed, without those whose events cannot be read
 * @throws when the log does not answer, or cannot be read for any of them
 */
export async function rewound(
  stale: readonly StaleFeed[],
  log: PartitionLog,
): Promise<Map<string, SavedCursor>> {
  let rewinds = stale.map((each) => new Rewind(each, log));
  for (let next = 0; ; ) {
    const ahead = rewinds.filter(({ end }) => end > next);
    if (ahead.length === 0) break;
    const from = Math.max(next, Math.min(...ahead.map((rewind) => rewind.from)));
    const batch = await read(from, log);
    for (const event of batch.events) for (const rewind of ahead) rewind.look(event);
    if (batch.next > from) {
      next = batch.next;
      continue;
    }
    // Rewinds that need nothing from this offset go on without it.
    rewinds = rewinds.filter((rewind) => rewind.from > from || rewind.end <= next);
    if (rewinds.length > 0) continue;
    const position = formatPosition({ ...log.at, offset: from });
    throw new Error(batch.unreadable ?? `the log does not give ${position} yet`);
  }
  return new Map(rewinds.map((rewind) => [rewind.feedId, rewind.cursor()]));
}

/** Reads at an offset that a cursor has passed, so an event must be there. */
async function read(offset: number, { at, reader, tail }: PartitionLog): Promise<EventBatch<SizedEvent>> {
  const isInMemory = offset >= tail.start && offset < tail.next;
  return isInMemory ? tail.read(offset, EVENTS_AT_ONCE) : reader.fetch({ ...at, offset });
}

/** Rewinds one cursor. */
class Rewind {
  /** The range, often empty, that was matched against older rules and has to be matched against the newer ones. */
  readonly from: number;
  readonly end: number;
  readonly #before: EventMatcher;
  readonly #passedOver: number[] = [];
  /** The last event owed before the first skipped one; `undefined` while none was seen. */
  #previousEventId: string | undefined;
  #hasSeenPrevious = false;

  constructor(
    private readonly stale: StaleFeed,
    private readonly log: PartitionLog,
  ) {
    const { feed, rulesRevision } = stale.indexed;
    const { watermark, finished, ...judged } = stale.cursor;
    const changes = changesSince(feed.rules, judged.rulesRevision);
    const key = topicPartitionKey(log.at);
    const end = finished.at(-1)?.to ?? watermark;
    this.from = Math.max(changes?.from[key] ?? 0, feed.start[key] ?? 0);
    this.end = changes && rulesRevision > judged.rulesRevision && this.from < end ? end : 0;
    this.#before = changes?.before ? eventMatcherOf({ ...feed, rules: [changes.before] }) : () => false;
  }

  get feedId(): string {
    return this.stale.indexed.feed.feedId;
  }

  look(event: SizedEvent): void {
    const { position, metadata } = event;
    if (position.offset < this.from || position.offset >= this.end) return;
    if (metadata.eventId === this.stale.cursor.previousEventId) this.#hasSeenPrevious = true;
    if (!this.stale.indexed.matches(event)) return;
    if (!this.#before(event)) this.#passedOver.push(position.offset);
    if (this.#passedOver.length === 0) this.#previousEventId = metadata.eventId;
  }

  cursor(): SavedCursor {
    const { cursor, indexed } = this.stale;
    const { rulesRevision } = indexed;
    if (this.#passedOver.length === 0) return { ...cursor, rulesRevision };
    const { generation, previousEventId } = cursor;
    const previous =
      this.#previousEventId ?? (this.#hasSeenPrevious ? this.#lastInMemory() : previousEventId);
    return {
      ...reopened(cursor, this.#passedOver, previous),
      idle: false,
      rulesRevision,
      generation: generation + 1,
    };
  }

  /** The last owed event in memory; anything earlier is unknown. */
  #lastInMemory(): string | null {
    const { tail } = this.log;
    const { events } = tail.read(tail.start, Infinity);
    const { matches } = this.stale.indexed;
    const last = events.findLast((event) => event.position.offset < this.from && matches(event));
    return last?.metadata.eventId ?? null;
  }
}
