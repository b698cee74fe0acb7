import type { IndexedFeed } from '../feeds/feed-index.js';
import type { SavedFeed } from '../feeds/active-feed.js';
import type { PartitionClaim } from '../ports.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { retryUntilStopped } from '../timing/retry-until-stopped.js';
import type { DispatchPorts } from './dispatch-limits.js';
import { rewound, type StaleFeed } from './rewind.js';
import { advancedTo, type ActiveFeedFactory } from './active-feed-factory.js';

export interface LoadRequest {
  readonly feeds: readonly IndexedFeed[];
  /** From where on it has to be looked what is owed to a feed, should it be at rest. */
  readonly sinceOf: (feedId: string) => number;
  /**
   * Called once for each feed, when its cursor is one of its present rules.
   * @param kept `null` for a new feed; not there: at rest, or a replay that has no part in this partition
   */
  readonly loaded: (indexed: IndexedFeed, saved: SavedFeed | null | undefined) => void;
}

/** Loads cursors from the database, and takes those back that were judged by older rules than their feeds have. */
export class CursorLoader {
  constructor(
    private readonly partition: {
      readonly claim: PartitionClaim;
      readonly tail: PartitionTail;
      readonly stop: StopSignal;
      /** Work that nobody waits for: a fault of it ends the partition, and no more. */
      background(work: () => unknown): void;
    },
    private readonly factory: Pick<ActiveFeedFactory, 'savedFeeds'>,
    private readonly ports: DispatchPorts,
  ) {}

  /** Resolves when all are loaded but those that have to go back, for which nobody else waits. */
  async load({ feeds, sinceOf, loaded }: LoadRequest): Promise<void> {
    const saved = await this.#retryUntilStopped(() => this.factory.savedFeeds(feeds));
    if (!saved) return;
    const stale: { readonly indexed: IndexedFeed; readonly saved: SavedFeed }[] = [];
    for (const indexed of feeds) {
      const { feedId } = indexed.feed;
      const found = saved.get(feedId);
      const age = found ? indexed.rulesRevision - found.cursor.rulesRevision : 0;
      if (age === 0) loaded(indexed, found);
      else if (age < 0) this.#waitForNews(feedId);
      else if (found) {
        const isIdle = found.cursor.idle;
        stale.push({ indexed, saved: isIdle ? advancedTo(found, sinceOf(feedId)) : found });
      }
    }
    if (stale.length > 0) this.partition.background(() => this.#rewind(stale, loaded));
  }

  async #rewind(
    stale: readonly { readonly indexed: IndexedFeed; readonly saved: SavedFeed }[],
    loaded: LoadRequest['loaded'],
  ): Promise<void> {
    const { claim, tail } = this.partition;
    const log = { at: claim, reader: this.ports.log, tail };
    for (let left = stale; left.length > 0; ) {
      const feeds: StaleFeed[] = left.map(({ indexed, saved }) => ({ indexed, cursor: saved.cursor }));
      const cursors = await this.#retryUntilStopped(() => rewound(feeds, log));
      if (!cursors) return;
      for (const { indexed, saved } of left) {
        const cursor = cursors.get(indexed.feed.feedId);
        if (cursor) loaded(indexed, { ...saved, cursor, isSaved: false });
      }
      left = left.filter(({ indexed }) => !cursors.has(indexed.feed.feedId));
    }
  }

  /**
   * Whoever served it before heard of newer rules than are known here. To serve it by the old ones would pass over what
   * the newer ones owe, so that it waits until they are heard of, and it is loaded again.
   */
  #waitForNews(feedId: string): void {
    const error = new Error(`feed ${feedId} has newer rules than are known here`);
    this.ports.observer.failed('claim', this.partition.claim, error);
  }

  /** `undefined` when stopped. */
  async #retryUntilStopped<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    const { claim, stop } = this.partition;
    const failed = (error: Error): void => this.ports.observer.failed('claim', claim, error);
    const value = await retryUntilStopped(work, failed, this.ports, stop);
    return stop.stopped ? undefined : value;
  }
}
