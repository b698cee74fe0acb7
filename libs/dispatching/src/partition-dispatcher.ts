import { waitAtMost } from './bounded-wait.js';
import { CursorSaver, type SaverPorts } from './cursor-saver.js';
import { FeedRestarts } from './feed-restarts.js';
import type { DeliveryPorts } from './lane-delivery.js';
import { PartitionReader, type ReaderLimits } from './partition-reader.js';
import type { ClaimedCursor, CursorClaim, EventSource, RevisedSubscription, TailBatch } from './ports.js';
import { type FeedLimits, SubscriptionFeed } from './subscription-feed.js';

export interface DispatchPorts extends DeliveryPorts, SaverPorts {
  readonly source: EventSource;
}

export interface DispatchLimits extends FeedLimits, ReaderLimits {
  readonly saveIntervalMs: number;
  /** Time for attempts in flight to end at a stop. */
  readonly stopGraceMs: number;
  /** How soon a feed that was lost or crashed is begun again, the first time. */
  readonly restartPauseMs: number;
}

export const DEFAULT_DISPATCH_LIMITS: DispatchLimits = {
  maxQueued: 256,
  maxUnsaved: 4_000,
  idleSaveMs: 5_000,
  tailEvents: 2_000,
  tailSilenceMs: 1_000,
  batchEvents: 200,
  saveIntervalMs: 150,
  stopGraceMs: 5_000,
  restartPauseMs: 2_000,
};

export interface FeedLag {
  readonly subscriptionId: string;
  /** Offsets between the watermark and the end of the log. */
  readonly lag: number;
}

/**
 * Delivers the events of one partition to every subscription: a feed for each, one reader and one saver for all. What
 * the feeds should be is told again and again by {@link reconcile}; what fails in between is mended by the next time.
 */
export class PartitionDispatcher {
  readonly #reader: PartitionReader;
  readonly #saver: CursorSaver;
  readonly #feeds = new Map<string, SubscriptionFeed>();
  /** Feeds that are ending. Their subscriptions are not fed again until they have. */
  readonly #retiring = new Map<string, Promise<void>>();
  readonly #restarts: FeedRestarts;
  #wanted: readonly RevisedSubscription[] | undefined;
  #reconciling: Promise<void> | undefined;
  #stopped = false;

  /** @param end of the log now; what is older is read from history */
  constructor(
    private readonly claim: CursorClaim,
    end: number,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits = DEFAULT_DISPATCH_LIMITS,
  ) {
    this.#restarts = new FeedRestarts(limits.restartPauseMs);
    this.#reader = new PartitionReader(claim, end, ports.source, ports.timers, limits);
    this.#saver = new CursorSaver(claim, () => this.#feeds.values(), ports, limits.saveIntervalMs);
    this.#reader.start();
    this.#saver.start();
  }

  /** What is new in the log. */
  append(batch: TailBatch): void {
    this.#reader.append(batch);
  }

  /** New events will come from this offset on, which need not be where the former ones ended. */
  restartTail(end: number): void {
    this.#reader.restart(end);
  }

  lags(): FeedLag[] {
    return [...this.#feeds].map(([subscriptionId, { watermark }]) => ({
      subscriptionId,
      lag: Math.max(0, this.#reader.end - watermark),
    }));
  }

  /** Begins and ends feeds, so that there is one for each of these subscriptions, as it is now. */
  reconcile(subscriptions: readonly RevisedSubscription[]): Promise<void> {
    // Of calls that come while the database is slow only the last one counts.
    this.#wanted = subscriptions;
    this.#reconciling ??= this.#reconcileLatest().finally(() => {
      this.#reconciling = undefined;
    });
    return this.#reconciling;
  }

  /** Gives attempts in flight some time, then saves the cursors. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#saver.stop();
    this.#reader.stop();
    for (const feed of this.#feeds.values()) this.#retire(feed);
    await Promise.all([this.#reconciling, ...this.#retiring.values()]);
  }

  async #reconcileLatest(): Promise<void> {
    while (this.#wanted) {
      const subscriptions = this.#wanted;
      this.#wanted = undefined;
      await this.#reconcile(subscriptions);
    }
  }

  async #reconcile(subscriptions: readonly RevisedSubscription[]): Promise<void> {
    if (this.#stopped) return;
    const wanted = new Map(subscriptions.map((subscription) => [subscription.subscriptionId, subscription]));
    for (const [id, feed] of this.#feeds) {
      if (feed.stopped) this.#restarts.ended(id, feed.begunAt, this.ports.timers.now());
      if (feed.stopped || wanted.get(id)?.revision !== feed.subscription.revision) this.#retire(feed);
    }
    this.#restarts.keep(wanted);
    const missing = subscriptions.filter(({ subscriptionId }) => this.#canBegin(subscriptionId));
    if (missing.length === 0) return;
    try {
      const ids = missing.map(({ subscriptionId }) => subscriptionId);
      const cursors = await this.ports.cursors.claim(this.claim, ids);
      for (const subscription of missing) this.#begin(subscription, cursors.get(subscription.subscriptionId));
    } catch (error) {
      this.ports.observer.failed('claim', this.claim, error as Error);
    }
  }

  #canBegin(id: string): boolean {
    if (this.#feeds.has(id) || this.#retiring.has(id)) return false;
    return this.#restarts.mayBegin(id, this.ports.timers.now());
  }

  #begin(subscription: RevisedSubscription, cursor: ClaimedCursor | undefined): void {
    // Without a cursor it was deleted a moment ago.
    if (!cursor || this.#stopped) return;
    const feed = new SubscriptionFeed(
      subscription,
      this.claim,
      cursor,
      this.#reader,
      this.ports,
      this.limits,
    );
    this.#feeds.set(subscription.subscriptionId, feed);
    feed.start();
  }

  #retire(feed: SubscriptionFeed): void {
    const id = feed.subscription.subscriptionId;
    this.#feeds.delete(id);
    this.#retiring.set(
      id,
      this.#end(feed).finally(() => this.#retiring.delete(id)),
    );
  }

  async #end(feed: SubscriptionFeed): Promise<void> {
    const { stopGraceMs } = this.limits;
    await feed.stop(stopGraceMs);
    // A database that does not answer must not hold up the stop: what is not saved is repeated.
    await waitAtMost(stopGraceMs, this.#saver.save([feed], Number.POSITIVE_INFINITY), this.ports.timers);
  }
}
