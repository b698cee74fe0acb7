import { topicPartitionKey } from '#libs/kernel';
import { type PositionVector, withRule } from '#libs/webhooks';
import type { Feed } from '../ports.js';
import { feedOf } from './dispatch-harness.fixture.js';
import type { InMemoryLog } from './in-memory-log.fixture.js';
import type { SimulatedFeed, SimulatedRule } from './simulation-moves.fixture.js';

/** The feeds of a simulation: they come, change, pause and go on. */
export class SimulatedFeeds {
  /** All that there ever were, as they are now. */
  readonly all = new Map<string, Feed>();
  readonly #paused = new Set<string>();

  constructor(private readonly log: InMemoryLog) {}

  get served(): Feed[] {
    return [...this.all.values()].filter(({ feedId }) => !this.#paused.has(feedId));
  }

  live(nth: number): Feed | undefined {
    const live = [...this.all.values()].filter(({ replayId }) => replayId === null);
    return live[nth % live.length];
  }

  /** @param part of the log that lies before its beginning */
  begin({ ordering, batch, onExhausted, maxAttempts, rateLimit, rule }: SimulatedFeed, part: number): void {
    const subscriptionId = `feed-${this.all.size}`;
    const retry = { maxAttempts, initialDelayMs: 100, maxDelayMs: 2_000, timeoutMs: 1_000 };
    const start = this.#vector(part);
    const subscription = { subscriptionId, ordering, batch, onExhausted, retry, rateLimit };
    this.all.set(subscriptionId, feedOf(subscription, { rules: [{ from: start, ...rule }], start }));
  }

  replay(nth: number, from: number, to: number): void {
    const feed = this.live(nth);
    if (!feed) return;
    const feedId = `replay-${this.all.size}`;
    const range = { start: this.#vector(from), until: this.#vector(to) };
    this.all.set(feedId, { ...feed, feedId, replayId: feedId, revision: 1, ...range });
  }

  change(nth: number, rule: SimulatedRule): void {
    const feed = this.live(nth);
    if (feed) this.#revise(feed, { rules: withRule(feed.rules, { from: this.#vector(1), ...rule }) });
  }

  pause(nth: number, isPaused: boolean): void {
    const feed = this.live(nth);
    if (!feed || this.#paused.has(feed.feedId) === isPaused) return;
    if (isPaused) this.#paused.add(feed.feedId);
    else this.#paused.delete(feed.feedId);
    this.#revise(feed, {});
  }

  resumeAll(): void {
    this.#paused.clear();
  }

  #revise(feed: Feed, changes: Partial<Feed>): void {
    this.all.set(feed.feedId, { ...feed, revision: feed.revision + 1, ...changes });
  }

  #vector(part: number): PositionVector {
    return { [topicPartitionKey(this.log)]: Math.floor(part * this.log.end) };
  }
}
