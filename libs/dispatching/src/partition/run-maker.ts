import { partitionKey } from '#libs/webhooks';
import type { IndexedFeed } from '../feeds/feed-index.js';
import { FeedRun, type KeptFeed, type RunLimits, type RunPorts } from '../feeds/feed-run.js';
import type { DispatchStore, EventSource, Feed, KeptCursor, Partition, PartitionClaim } from '../ports.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { withPassedOver } from './late-change.js';

export interface RunMakerPorts extends RunPorts {
  readonly store: DispatchStore;
  readonly source: EventSource;
}

/** Makes the runs of a partition, from what the database has of their feeds. */
export class RunMaker {
  constructor(
    private readonly claim: PartitionClaim,
    private readonly ports: RunMakerPorts,
    private readonly limits: RunLimits,
    private readonly tail: PartitionTail,
    private readonly changed: (run: FeedRun) => void,
  ) {}

  /**
   * Runs of those feeds that are not at rest, by id. A replay has none in a partition that it does not go through, and
   * none where it has come to its end.
   * @param before what those were that have changed while they were served
   * @param isQuiet whether nothing is owed to a new feed so far: then it needs no run, and `null` is in its place
   */
  async awake(
    feeds: readonly IndexedFeed[],
    before: ReadonlyMap<string, IndexedFeed>,
    isQuiet: (indexed: IndexedFeed, start: number) => boolean,
  ): Promise<Map<string, FeedRun | null>> {
    const concerned = feeds.filter((indexed) => this.#concerns(indexed));
    const ids = concerned.map(({ feed }) => feed.feedId);
    const endpoints = concerned.map(({ feed }) => [feed.feedId, feed.subscription.endpointRevision] as const);
    const [, cursors, held] = await Promise.all([
      this.ports.store.hurryLanes(this.claim, new Map(endpoints)),
      this.ports.store.awake(this.claim, ids),
      this.ports.store.withHeldLanes(this.claim, ids),
    ]);
    const runs = new Map<string, FeedRun | null>();
    for (const indexed of concerned) {
      const { feedId } = indexed.feed;
      const cursor = cursors.get(feedId);
      if (cursor === undefined) continue;
      const watermark = beginningOf(indexed.feed, this.claim);
      if (cursor === null && isQuiet(indexed, watermark)) {
        runs.set(feedId, null);
        continue;
      }
      const known = before.get(feedId);
      const kept = {
        cursor:
          cursor && known
            ? await this.#withPassedOver(cursor, { before: known, now: indexed })
            : (cursor ?? { watermark, finished: [], previousEventId: null, resting: false }),
        mayHaveHeld: held.has(feedId),
        isKept: cursor !== null,
      };
      runs.set(feedId, this.#make(indexed, kept));
    }
    return runs;
  }

  /**
   * Runs of feeds that were at rest, from the first event on that is owed to them again. One that was not, such as a replay
   * at its end, goes on where it stands.
   * @param soughtOf from where on something is owed, and what a feed was before that has changed
   */
  async woken(
    feeds: readonly IndexedFeed[],
    soughtOf: (feedId: string) => { readonly since: number; readonly before: IndexedFeed | undefined },
  ): Promise<Map<string, FeedRun>> {
    const ids = feeds.map(({ feed }) => feed.feedId);
    const [cursors, held] = await Promise.all([
      this.ports.store.wake(this.claim, ids),
      this.ports.store.withHeldLanes(this.claim, ids),
    ]);
    const runs = new Map<string, FeedRun>();
    for (const indexed of feeds) {
      const { feedId } = indexed.feed;
      const kept = cursors.get(feedId);
      if (!kept) continue;
      const { since, before } = soughtOf(feedId);
      const watermark = Math.max(kept.watermark, since);
      const risen = kept.resting ? { ...kept, watermark, finished: [] } : kept;
      const cursor = before ? await this.#withPassedOver(risen, { before, now: indexed }) : risen;
      const isKept = !kept.resting;
      runs.set(feedId, this.#make(indexed, { cursor, mayHaveHeld: held.has(feedId), isKept }));
    }
    return runs;
  }

  /** Of a feed that nothing was owed to before this offset. */
  fresh(indexed: IndexedFeed, watermark: number): FeedRun {
    const cursor = { watermark, finished: [], previousEventId: null, resting: false };
    return this.#make(indexed, { cursor, mayHaveHeld: false, isKept: false });
  }

  #make(indexed: IndexedFeed, kept: KeptFeed): FeedRun {
    return new FeedRun(indexed, this.claim, kept, this.ports, this.limits, this.changed);
  }

  #withPassedOver(
    cursor: KeptCursor,
    change: { readonly before: IndexedFeed; readonly now: IndexedFeed },
  ): Promise<KeptCursor> {
    return withPassedOver(cursor, change, { at: this.claim, source: this.ports.source, tail: this.tail });
  }

  #concerns({ feed: { start, until } }: IndexedFeed): boolean {
    if (!until) return true;
    return (until[this.#key] ?? 0) > (start[this.#key] ?? 0);
  }

  get #key(): string {
    return partitionKey(this.claim.topic, this.claim.partition);
  }
}

/** The offset in the partition that a feed begins with. */
export const beginningOf = ({ start }: Feed, { topic, partition }: Partition): number =>
  start[partitionKey(topic, partition)] ?? 0;
