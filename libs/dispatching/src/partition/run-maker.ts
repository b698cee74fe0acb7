import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { IndexedFeed } from '../feeds/feed-index.js';
import { FeedRun, type KeptFeed, type RunLimits, type RunPorts } from '../feeds/feed-run.js';
import type { DispatchStore, PartitionClaim } from '../ports.js';

export interface RunMakerPorts extends RunPorts {
  readonly store: DispatchStore;
}

/** Makes the runs of a partition, from what the database has of their feeds. */
export class RunMaker {
  constructor(
    private readonly claim: PartitionClaim,
    private readonly ports: RunMakerPorts,
    private readonly limits: RunLimits,
    private readonly changed: (run: FeedRun) => void,
  ) {}

  /**
   * The database's word on these feeds, by id; `null` for one that is new there. Those at rest are left out, unless they
   * were judged by other rules. A replay is left out in a partition that it does not go through.
   */
  async kept(feeds: readonly IndexedFeed[]): Promise<Map<string, KeptFeed | null>> {
    const concerned = feeds.filter((indexed) => this.#concerns(indexed));
    const revisions = new Map(concerned.map(({ feed, rulesRevision }) => [feed.feedId, rulesRevision]));
    const endpoints = concerned.map(({ feed }) => [feed.feedId, feed.subscription.endpointRevision] as const);
    const [, cursors, held] = await Promise.all([
      this.ports.store.hurryLanes(this.claim, new Map(endpoints)),
      this.ports.store.awake(this.claim, revisions),
      this.ports.store.withHeldLanes(this.claim, [...revisions.keys()]),
    ]);
    const kept = new Map<string, KeptFeed | null>();
    for (const [feedId, cursor] of cursors)
      kept.set(feedId, cursor && { cursor, mayHaveHeld: held.has(feedId), isKept: true });
    return kept;
  }

  /**
   * Runs of feeds that were at rest, from the first event on that is owed to them again. One that was not, such as a replay
   * at its end, goes on where it stands. One that was judged by other rules than it has now is left out.
   * @param sinceOf from where on something is owed
   */
  async woken(
    feeds: readonly IndexedFeed[],
    sinceOf: (feedId: string) => number,
  ): Promise<Map<string, FeedRun>> {
    const ids = feeds.map(({ feed }) => feed.feedId);
    const [cursors, held] = await Promise.all([
      this.ports.store.wake(this.claim, ids),
      this.ports.store.withHeldLanes(this.claim, ids),
    ]);
    const runs = new Map<string, FeedRun>();
    for (const indexed of feeds) {
      const { feedId } = indexed.feed;
      const cursor = cursors.get(feedId);
      if (cursor?.rulesRevision !== indexed.rulesRevision) continue;
      const kept = { cursor, mayHaveHeld: held.has(feedId), isKept: !cursor.resting };
      runs.set(feedId, this.run(indexed, cursor.resting ? risen(kept, sinceOf(feedId)) : kept));
    }
    return runs;
  }

  run(indexed: IndexedFeed, kept: KeptFeed): FeedRun {
    return new FeedRun(indexed, this.claim, kept, this.ports, this.limits, this.changed);
  }

  #concerns({ feed: { start, until } }: IndexedFeed): boolean {
    if (!until) return true;
    const key = topicPartitionKey(this.claim);
    return (until[key] ?? 0) > (start[key] ?? 0);
  }
}

/** A feed to which nothing was owed before this offset. */
export const risen = (kept: KeptFeed, offset: number): KeptFeed => ({
  ...kept,
  cursor: { ...kept.cursor, watermark: Math.max(kept.cursor.watermark, offset), finished: [] },
});

/** A feed that the database knows nothing of yet. */
export function beginning({ feed, rulesRevision }: IndexedFeed, at: TopicPartition): KeptFeed {
  const watermark = feed.start[topicPartitionKey(at)] ?? 0;
  const cursor = {
    watermark,
    finished: [],
    previousEventId: null,
    resting: false,
    rulesRevision,
    generation: 0,
  };
  return { cursor, mayHaveHeld: false, isKept: false };
}
