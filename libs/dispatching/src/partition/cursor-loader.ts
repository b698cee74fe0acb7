import type { IndexedFeed } from '../feeds/feed-index.js';
import type { SavedFeed } from '../feeds/active-feed.js';
import type { PartitionClaim } from '../ports.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { retryUntilStopped } from '../timing/retry-until-stopped.js';
import type { DispatchPorts } from './dispatch-limits.js';
import { rewound, type StaleFeed } from './rewind.js';
import { advancedTo, type ActiveFeedFactory } from './active-feed-factory.js';

export interface LoadRequest {
  readonly feeds: readonly IndexedFeed[];
  /** If a feed turns out to be idle, the offset from which events have not been matched against it. */
  readonly sinceOf: (feedId: string) => number;
  /**
   * Called once for each feed when its cursor agrees with its present rules.
   * @param saved `null` for a new feed; `undefined` for an idle one, or a replay that does not cover this partition
   */
  readonly loaded: (indexed: IndexedFeed, saved: SavedFeed | null | undefined) => void;
}

/** Loads cursors, and rewinds those that were matched against older rules than their feeds have. */
export class CursorLoader {
  constructor(
    private readonly partition: {
      readonly claim: PartitionClaim;
      readonly tail: PartitionTail;
      readonly stop: AbortSignal;
      /** Runs work in the background; a failure stops the partition. */
      background(work: () => unknown): void;
    },
    private readonly factory: Pick<ActiveFeedFactory, 'savedFeeds'>,
    private readonly ports: DispatchPorts,
  ) {}

  /** Resolves when all are loaded but those to rewind, which continue in the background. */
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
   * A former owner knew newer rules than this process does. Serving by the old ones would skip events that the newer ones
   * owe, so the feed waits until the news arrives and loads it again.
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
    return stop.aborted ? undefined : value;
  }
}
