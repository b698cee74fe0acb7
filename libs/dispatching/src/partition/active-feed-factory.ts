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

/** Makes the runs of a partition, from what the database has of their feeds. */
export class ActiveFeedFactory {
  constructor(
    private readonly claim: PartitionClaim,
    private readonly ports: ActiveFeedFactoryPorts,
    private readonly limits: ActiveFeedLimits,
    private readonly changed: (active: ActiveFeed) => void,
  ) {}

  /**
   * The database's word on these feeds, by id; `null` for one that is new there. Those at rest are left out, unless they
   * were judged by other rules. A replay is left out in a partition that it does not go through.
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
   * Runs of feeds that were at rest, from the first event on that is owed to them again. One that was not, such as a replay
   * at its end, goes on where it stands. One that was judged by other rules than it has now is left out.
   * @param sinceOf from where on something is owed
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

/** A feed to which nothing was owed before this offset. */
export const advancedTo = (saved: SavedFeed, offset: number): SavedFeed => ({
  ...saved,
  cursor: { ...saved.cursor, watermark: Math.max(saved.cursor.watermark, offset), finished: [] },
});

/** A feed that the database knows nothing of yet. */
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
