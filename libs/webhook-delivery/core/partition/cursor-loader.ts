import {
  type EventBatch,
  formatPosition,
  type LogReader,
  type RecentEvents,
  retryUntilStopped,
  type SizedEvent,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import { changesSince } from '#libs/webhooks';
import type { SavedFeed } from '../feeds/active-feed.js';
import { type EventMatcher, eventMatcherOf, type IndexedFeed } from '../feeds/feed-index.js';
import type { FailedStage, FoundCursor, PartitionClaim, SavedCursor } from '../ports.js';
import { reopened } from '../feeds/cursor.js';
import type { DispatchPorts } from '../dispatch-limits.js';

/** A feed whose saved cursor was matched against older rules than it has now. */
interface StaleFeed {
  readonly indexed: IndexedFeed;
  readonly saved: SavedFeed;
}

/** The loader's view of its partition. */
export interface LoadingPartition {
  readonly claim: PartitionClaim;
  readonly recent: RecentEvents;
  readonly stop: AbortSignal;
  /** Runs work in the background. If it fails, the partition stops and is restarted. */
  background(work: () => unknown): void;
}

/** Told of each result. None comes after the partition's stop. */
interface LoadedCursors {
  /** `null` for a new feed; without an entry: idle, or a replay that does not cover this partition. */
  loaded(feeds: readonly IndexedFeed[], saved: ReadonlyMap<string, SavedFeed | null>): void;
  /** `undefined` for a feed without a cursor. */
  lookedUp(indexed: IndexedFeed, saved: SavedFeed | undefined): void;
  rewound(indexed: IndexedFeed, saved: SavedFeed): void;
}

/** Loads cursors of a partition. All that is asked for in one turn shares one query, which is retried until the stop. */
export class CursorLoader {
  readonly #toLoad = new Map<string, IndexedFeed>();
  readonly #toLookUp = new Map<string, IndexedFeed>();
  readonly #toRewind = new Map<string, StaleFeed>();
  readonly #loads = new Set<Promise<void>>();
  #lookups: Promise<void> | undefined;

  constructor(
    private readonly partition: LoadingPartition,
    private readonly ports: DispatchPorts,
    private readonly results: LoadedCursors,
  ) {}

  load(indexed: IndexedFeed): void {
    this.#toLoad.set(indexed.feed.feedId, indexed);
    if (this.#toLoad.size > 1) return;
    const load = this.#load().finally(() => this.#loads.delete(load));
    this.#loads.add(load);
    this.partition.background(() => load);
  }

  /** Resolves when nothing is being loaded. Rewinds may still be under way. */
  async loaded(): Promise<void> {
    while (this.#loads.size > 0) await Promise.all(this.#loads);
  }

  /** Loads the cursor of a feed that was idle. Those asked for during a query share the next one. */
  lookUp(indexed: IndexedFeed): void {
    this.#toLookUp.set(indexed.feed.feedId, indexed);
    if (this.#lookups) return;
    const lookups = this.#lookUp();
    this.#lookups = lookups;
    this.partition.background(() => lookups);
  }

  /** Resolves when nothing is being looked up. */
  async lookedUp(): Promise<void> {
    await this.#lookups;
  }

  rewind(indexed: IndexedFeed, saved: SavedFeed): void {
    this.#toRewind.set(indexed.feed.feedId, { indexed, saved });
    if (this.#toRewind.size === 1) this.partition.background(() => this.#rewind());
  }

  /**
   * Loads these feeds by id; `null` for a feed without a cursor. Idle feeds are left out unless their cursors were matched
   * against other rules, and so are replays that do not cover the partition.
   */
  async savedFeeds(feeds: readonly IndexedFeed[]): Promise<Map<string, SavedFeed | null>> {
    const { claim } = this.partition;
    const { store } = this.ports;
    const concerned = feeds.filter((indexed) => this.#concerns(indexed));
    const revisions = new Map(concerned.map(({ feed, rulesRevision }) => [feed.feedId, rulesRevision]));
    const endpoints = concerned.map(({ feed }) => [feed.feedId, feed.subscription.endpointRevision] as const);
    const [, found] = await Promise.all([
      store.makeLanesDue(claim, new Map(endpoints)),
      store.activeCursors(claim, revisions),
    ]);
    return new Map([...found].map(([feedId, each]) => [feedId, each && savedFeedOf(each)]));
  }

  async #load(): Promise<void> {
    const feeds = await taken(this.#toLoad);
    const saved = await this.#retryUntilStopped('claim', () => this.savedFeeds(feeds));
    if (saved) this.results.loaded(feeds, saved);
  }

  async #lookUp(): Promise<void> {
    while (this.#toLookUp.size > 0) {
      const feeds = await taken(this.#toLookUp);
      const saved = await this.#retryUntilStopped('activate', () => this.#idleFeeds(feeds));
      if (!saved) return;
      for (const indexed of feeds) this.results.lookedUp(indexed, saved.get(indexed.feed.feedId));
    }
    this.#lookups = undefined;
  }

  async #idleFeeds(feeds: readonly IndexedFeed[]): Promise<Map<string, SavedFeed>> {
    const ids = feeds.map(({ feed }) => feed.feedId);
    const found = await this.ports.store.cursorsOf(this.partition.claim, ids);
    return new Map([...found].map(([feedId, each]) => [feedId, savedFeedOf(each)]));
  }

  async #rewind(): Promise<void> {
    const { claim, recent } = this.partition;
    const log = { at: claim, reader: this.ports.log, recent };
    for (let left = await taken(this.#toRewind); left.length > 0; ) {
      const stale = left;
      const cursors = await this.#retryUntilStopped('claim', () => rewound(stale, log));
      if (!cursors) return;
      for (const { indexed, saved } of left) {
        const cursor = cursors.get(indexed.feed.feedId);
        if (cursor) this.results.rewound(indexed, { ...saved, cursor });
      }
      left = left.filter(({ indexed }) => !cursors.has(indexed.feed.feedId));
    }
  }

  #concerns({ feed: { start, until } }: IndexedFeed): boolean {
    if (!until) return true;
    const key = topicPartitionKey(this.partition.claim);
    return (until[key] ?? 0) > (start[key] ?? 0);
  }

  /** `undefined` when stopped. */
  async #retryUntilStopped<Value>(
    stage: FailedStage,
    work: () => Promise<Value>,
  ): Promise<Value | undefined> {
    const { claim, stop } = this.partition;
    const failed = (error: Error): void => this.ports.observer.failed(stage, claim, error);
    const value = await retryUntilStopped(work, failed, this.ports, stop);
    return stop.aborted ? undefined : value;
  }
}

const savedFeedOf = ({ cursor, hasBlockedLanes }: FoundCursor): SavedFeed => ({
  cursor,
  mayHaveBlockedLanes: hasBlockedLanes,
  isSaved: true,
});

/** Takes what was asked for until the end of this turn. */
async function taken<Asked>(asked: Map<string, Asked>): Promise<Asked[]> {
  await Promise.resolve();
  const all = [...asked.values()];
  asked.clear();
  return all;
}

interface PartitionLog {
  readonly at: TopicPartition;
  readonly reader: Pick<LogReader<SizedEvent>, 'fetch'>;
  readonly recent: RecentEvents;
}

const EVENTS_AT_ONCE = 500;

/**
 * Rewinds cursors for events that newer rules owe and older ones skipped. These arrive late, after events that were
 * delivered meanwhile, but none is lost and none repeated. Only if the older rules are no longer known may an event repeat.
 * @returns the rewound cursors by feed, without those whose events cannot be read
 * @throws when the log does not answer, or cannot be read for any of them
 */
async function rewound(stale: readonly StaleFeed[], log: PartitionLog): Promise<Map<string, SavedCursor>> {
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
async function read(offset: number, { at, reader, recent }: PartitionLog): Promise<EventBatch<SizedEvent>> {
  const isInMemory = offset >= recent.start && offset < recent.next;
  return isInMemory ? recent.read(offset, EVENTS_AT_ONCE) : reader.fetch({ ...at, offset });
}

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
    const { watermark, finished, ...judged } = stale.saved.cursor;
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
    if (metadata.eventId === this.stale.saved.cursor.previousEventId) this.#hasSeenPrevious = true;
    if (!this.stale.indexed.matches(event)) return;
    if (!this.#before(event)) this.#passedOver.push(position.offset);
    if (this.#passedOver.length === 0) this.#previousEventId = metadata.eventId;
  }

  cursor(): SavedCursor {
    const { cursor } = this.stale.saved;
    const { rulesRevision } = this.stale.indexed;
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
    const { recent } = this.log;
    const { events } = recent.read(recent.start, Infinity);
    const { matches } = this.stale.indexed;
    const last = events.findLast((event) => event.position.offset < this.from && matches(event));
    return last?.metadata.eventId ?? null;
  }
}
