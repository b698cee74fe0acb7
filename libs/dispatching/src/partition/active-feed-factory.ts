import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { IndexedFeed } from '../feeds/feed-index.js';
import {
  ActiveFeed,
  type SavedFeed,
  type ActiveFeedLimits,
  type ActiveFeedPorts,
} from '../feeds/active-feed.js';
import type { DispatchStore, PartitionClaim } from '../ports.js';

export interface ActiveFeedFactoryPorts extends ActiveFeedPorts {
  readonly store: DispatchStore;
}

/** Builds the active feeds of a partition from their saved state. */
export class ActiveFeedFactory {
  constructor(
    private readonly claim: PartitionClaim,
    private readonly ports: ActiveFeedFactoryPorts,
    private readonly limits: ActiveFeedLimits,
    private readonly changed: (active: ActiveFeed) => void,
  ) {}

  /**
   * Loads these feeds by id; `null` for a feed without a cursor. Idle feeds are left out unless their cursors were matched
   * against other rules, and so are replays that do not cover the partition.
   */
  async savedFeeds(feeds: readonly IndexedFeed[]): Promise<Map<string, SavedFeed | null>> {
    const concerned = feeds.filter((indexed) => this.#concerns(indexed));
    const revisions = new Map(concerned.map(({ feed, rulesRevision }) => [feed.feedId, rulesRevision]));
    const endpoints = concerned.map(({ feed }) => [feed.feedId, feed.subscription.endpointRevision] as const);
    const [, cursors, blocked] = await Promise.all([
      this.ports.store.makeLanesDue(this.claim, new Map(endpoints)),
      this.ports.store.activeCursors(this.claim, revisions),
      this.ports.store.withBlockedLanes(this.claim, [...revisions.keys()]),
    ]);
    const saved = new Map<string, SavedFeed | null>();
    for (const [feedId, cursor] of cursors)
      saved.set(feedId, cursor && { cursor, mayHaveBlockedLanes: blocked.has(feedId), isSaved: true });
    return saved;
  }

  /**
   * Activates idle feeds from the first event that is owed again. A feed that was not idle, such as a replay at its end,
   * continues at its cursor. A feed whose cursor was matched against other rules is left out.
   * @param sinceOf offset from which something is owed
   */
  async activated(
    feeds: readonly IndexedFeed[],
    sinceOf: (feedId: string) => number,
  ): Promise<Map<string, ActiveFeed>> {
    const ids = feeds.map(({ feed }) => feed.feedId);
    const [cursors, blocked] = await Promise.all([
      this.ports.store.cursorsOf(this.claim, ids),
      this.ports.store.withBlockedLanes(this.claim, ids),
    ]);
    const activated = new Map<string, ActiveFeed>();
    for (const indexed of feeds) {
      const { feedId } = indexed.feed;
      const cursor = cursors.get(feedId);
      if (cursor?.rulesRevision !== indexed.rulesRevision) continue;
      const saved = { cursor, mayHaveBlockedLanes: blocked.has(feedId), isSaved: !cursor.idle };
      activated.set(feedId, this.make(indexed, cursor.idle ? advancedTo(saved, sinceOf(feedId)) : saved));
    }
    return activated;
  }

  make(indexed: IndexedFeed, saved: SavedFeed): ActiveFeed {
    return new ActiveFeed(indexed, this.claim, saved, this.ports, this.limits, this.changed);
  }

  #concerns({ feed: { start, until } }: IndexedFeed): boolean {
    if (!until) return true;
    const key = topicPartitionKey(this.claim);
    return (until[key] ?? 0) > (start[key] ?? 0);
  }
}

/** Moves the cursor of a feed that was owed nothing below this offset. */
export const advancedTo = (saved: SavedFeed, offset: number): SavedFeed => ({
  ...saved,
  cursor: { ...saved.cursor, watermark: Math.max(saved.cursor.watermark, offset), finished: [] },
});

/** The start of a feed that has no cursor yet. */
export function beginning({ feed, rulesRevision }: IndexedFeed, at: TopicPartition): SavedFeed {
  const watermark = feed.start[topicPartitionKey(at)] ?? 0;
  const cursor = {
    watermark,
    finished: [],
    previousEventId: null,
    idle: false,
    rulesRevision,
    generation: 0,
  };
  return { cursor, mayHaveBlockedLanes: false, isSaved: false };
}
