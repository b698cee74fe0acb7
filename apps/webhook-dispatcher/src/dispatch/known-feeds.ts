import type { Feed, FeedNews, FeedRevisions } from '#libs/dispatching';

/** Where feeds are read from: subscriptions, or replays. */
export interface FeedSource {
  /** The feeds that are to be served, in parts. One that is the same object as before has not changed. */
  activeRevisions(): Promise<readonly FeedRevisions[]>;
  findActive(feedIds: readonly string[]): Promise<readonly Feed[]>;
}

/** What a source is known to have, to tell what has changed since: unchanged parts of it are not gone through. */
export class KnownFeeds {
  #parts: readonly FeedRevisions[] = [];
  /** Were to be served and were not found, or could not be opened. */
  #missed: ReadonlySet<string> = new Set();

  constructor(private readonly source: FeedSource) {}

  /** What has changed since the last look, which is the only one that tells of it. */
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
