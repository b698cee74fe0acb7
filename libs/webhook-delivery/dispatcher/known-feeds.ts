import type { Feed } from '../core/ports.js';
import type { FeedNews, FeedRevisions } from '../core/feeds/feed-index.js';

/** Source of feeds: subscriptions or replays. */
export interface FeedSource {
  /** Revisions of the feeds to serve, in parts. A part that is the same object as before is unchanged. */
  activeRevisions(): Promise<readonly FeedRevisions[]>;
  findActive(feedIds: readonly string[]): Promise<readonly Feed[]>;
}

/** The known state of a source, to find what changed. Unchanged parts are skipped. */
export class KnownFeeds {
  #parts: readonly FeedRevisions[] = [];
  /** Feeds to serve that were not found or could not be decrypted. */
  #missed: ReadonlySet<string> = new Set();

  constructor(private readonly source: FeedSource) {}

  /** Returns each change once. */
  async look(): Promise<FeedNews> {
    const parts = await this.source.activeRevisions();
    const news = new Map<string, Feed | undefined>();
    const sought = new Set(this.#missed);
    for (let part = 0; part < Math.max(parts.length, this.#parts.length); part++) {
      const [before, now] = [this.#parts[part], parts[part]];
      if (before === now) continue;
      for (const [id, revision] of now ?? []) if (before?.get(id) !== revision) sought.add(id);
      for (const id of before?.keys() ?? []) {
        if (now?.has(id)) continue;
        news.set(id, undefined);
        sought.delete(id);
      }
    }
    const found = sought.size === 0 ? [] : await this.source.findActive([...sought]);
    for (const feed of found) {
      news.set(feed.feedId, feed);
      sought.delete(feed.feedId);
    }
    for (const id of sought) news.set(id, undefined);
    this.#missed = sought;
    this.#parts = parts;
    return news;
  }
}
