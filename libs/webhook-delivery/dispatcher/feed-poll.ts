import { Logger } from '@nestjs/common';
import { asError, type Clock, inBackground } from '#libs/kernel';
import type { Feed } from '../core/ports.js';
import type { FeedNews, FeedRevisions } from '../core/feeds/feed-index.js';

/** A known change is polled for at short intervals for a while, as the read model has it soon. */
const HURRIED_LOOKS = 8;
const HURRIED_PAUSE_MS = 30;
/** Fast polls take at most this share of the time. */
const HURRIED_SHARE = 0.2;
/** The longest pause while the database does not answer. */
const MAX_PAUSE_MS = 5_000;

/**
 * Polls for feeds and compares the result with what is known, so that no change is missed, whatever the order of
 * commits.
 */
export class FeedPoll {
  readonly #logger = new Logger(FeedPoll.name);
  readonly #stop = new AbortController();
  readonly #known: readonly KnownFeeds[];
  /** News from sources already read, kept when a later source fails. */
  #news = new Map<string, Feed | undefined>();
  #pausing = new AbortController();
  /** Fast polls left. */
  #hurried = 0;
  #failures = 0;
  #fault: string | undefined = 'the subscriptions have not been read yet';

  constructor(
    sources: readonly FeedSource[],
    private readonly tell: (news: FeedNews) => void,
    private readonly clock: Clock,
    private readonly intervalMs: number,
  ) {
    this.#known = sources.map((source) => new KnownFeeds(source));
  }

  /** Why polling fails, if it does; reported by readiness. */
  get fault(): string | undefined {
    return this.#fault;
  }

  start(): void {
    inBackground(
      () => this.#run(),
      (error) => this.#failed(error),
    );
  }

  stop(): void {
    this.#stop.abort();
    this.#pausing.abort();
  }

  /** A change is on its way: polls fast for a while. */
  expect(): void {
    if (this.#hurried === 0) this.#pausing.abort();
    this.#hurried = HURRIED_LOOKS;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const began = this.clock.now();
      try {
        await this.#look();
        this.#succeeded();
      } catch (error) {
        this.#failed(asError(error));
      }
      if (this.#stop.signal.aborted) return;
      this.#pausing = new AbortController();
      await this.clock.sleep(this.#pauseMs(this.clock.now() - began), this.#pausing.signal);
    }
  }

  #pauseMs(tookMs: number): number {
    const usual = Math.min(this.intervalMs * 2 ** this.#failures, Math.max(MAX_PAUSE_MS, this.intervalMs));
    if (this.#hurried === 0) return usual;
    this.#hurried--;
    return Math.min(usual, Math.max(HURRIED_PAUSE_MS, tookMs / HURRIED_SHARE));
  }

  async #look(): Promise<void> {
    for (const known of this.#known) {
      for (const [id, feed] of await known.look()) this.#news.set(id, feed);
    }
    // Passed on even without changes, because dispatchers restart failed feeds on it.
    if (!this.#stop.signal.aborted) this.tell(this.#news);
    this.#news = new Map();
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#logger.log('subscriptions can be read again');
    this.#failures = 0;
    this.#fault = undefined;
  }

  #failed(error: Error): void {
    this.#fault = error.message;
    if (this.#failures++ === 0) this.#logger.warn(`subscriptions cannot be read: ${error.message}`);
  }
}

/** Source of feeds: subscriptions or replays. */
interface FeedSource {
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
