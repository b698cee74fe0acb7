import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { IndexedFeed } from '../feeds/feed-index.js';
import { ActiveFeed, type SavedFeed, type ActiveFeedLimits, type ActiveFeedPorts } from '../feeds/active-feed.js';
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
    private readonly changed: (make: ActiveFeed) => void,
  ) {}

  /**
   * The database's word on these feeds, by id; `null` for one that is new there. Those at rest are left out, unless they
   * were judged by other rules. A replay is left out in a partition that it does not go through.
   */
  async savedFeeds(feeds: readonly IndexedFeed[]): Promise<Map<string, SavedFeed | null>> {
    const concerned = feeds.filter((indexed) => this.#concerns(indexed));
    const revisions = new Map(concerned.map(({ feed, rulesRevision }) => [feed.feedId, rulesRevision]));
    const endpoints = concerned.map(({ feed }) => [feed.feedId, feed.subscription.endpointRevision] as const);
    const [, cursors, parked] = await Promise.all([
      this.ports.store.makeLanesDue(this.claim, new Map(endpoints)),
      this.ports.store.activeCursors(this.claim, revisions),
      this.ports.store.withBlockedLanes(this.claim, [...revisions.keys()]),
    ]);
    const kept = new Map<string, SavedFeed | null>();
    for (const [feedId, cursor] of cursors)
      kept.set(feedId, cursor && { cursor, mayHaveBlockedLanes: parked.has(feedId), isSaved: true });
    return kept;
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
    const [cursors, parked] = await Promise.all([
      this.ports.store.cursorsOf(this.claim, ids),
      this.ports.store.withBlockedLanes(this.claim, ids),
    ]);
    const runs = new Map<string, ActiveFeed>();
    for (const indexed of feeds) {
      const { feedId } = indexed.feed;
      const cursor = cursors.get(feedId);
      if (cursor?.rulesRevision !== indexed.rulesRevision) continue;
      const kept = { cursor, mayHaveBlockedLanes: parked.has(feedId), isSaved: !cursor.idle };
      runs.set(feedId, this.run(indexed, cursor.idle ? advancedTo(kept, sinceOf(feedId)) : kept));
    }
    return runs;
  }

  run(indexed: IndexedFeed, kept: SavedFeed): ActiveFeed {
    return new ActiveFeed(indexed, this.claim, kept, this.ports, this.limits, this.changed);
  }

  #concerns({ feed: { start, until } }: IndexedFeed): boolean {
    if (!until) return true;
    const key = topicPartitionKey(this.claim);
    return (until[key] ?? 0) > (start[key] ?? 0);
  }
}

/** A feed to which nothing was owed before this offset. */
export const advancedTo = (kept: SavedFeed, offset: number): SavedFeed => ({
  ...kept,
  cursor: { ...kept.cursor, watermark: Math.max(kept.cursor.watermark, offset), finished: [] },
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
