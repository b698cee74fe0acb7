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

/** A feed whose cursor was judged by older rules than it has now. */
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
 * Takes cursors back for what the rules owe from where they say, and older rules passed over: that comes late, and behind
 * what was delivered in between, but it comes, and nothing comes twice. Only where the older rules are not known any more
 * may something come again.
 * @returns the cursors, judged by the present rules, by feed: of those for which all can be read that they have to look at
 * @throws when the log does not answer, or can be read for none of them
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
    // Those who have nothing to look for there need not wait for it.
    rewinds = rewinds.filter((rewind) => rewind.from > from || rewind.end <= next);
    if (rewinds.length > 0) continue;
    const position = formatPosition({ ...log.at, offset: from });
    throw new Error(batch.unreadable ?? `the log does not give ${position} yet`);
  }
  return new Map(rewinds.map((rewind) => [rewind.feedId, rewind.cursor()]));
}

/** What follows at a place that a cursor has come past: so that something is there. */
async function read(offset: number, { at, reader, tail }: PartitionLog): Promise<EventBatch<SizedEvent>> {
  const isInMemory = offset >= tail.start && offset < tail.next;
  return isInMemory ? tail.read(offset, EVENTS_AT_ONCE) : reader.fetch({ ...at, offset });
}

/** The way back of one cursor. */
class Rewind {
  /** What lies between was judged by the older rules, and is to be judged by the newer ones; often nothing. */
  readonly from: number;
  readonly end: number;
  readonly #before: EventMatcher;
  readonly #passedOver: number[] = [];
  /** Was owed last before what was passed over; `undefined` while none was seen. */
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

  /** Before what is in memory, nobody knows. */
  #lastInMemory(): string | null {
    const { tail } = this.log;
    const { events } = tail.read(tail.start, Infinity);
    const { matches } = this.stale.indexed;
    const last = events.findLast((event) => event.position.offset < this.from && matches(event));
    return last?.metadata.eventId ?? null;
  }
}
