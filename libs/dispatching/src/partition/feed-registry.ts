import type { FeedChanges, FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { ActiveFeed, SavedFeed } from '../feeds/active-feed.js';
import type { SavedCursor, PartitionClaim } from '../ports.js';
import { CursorLoader } from './cursor-loader.js';
import type { DispatchLimits, DispatchPorts } from './dispatch-limits.js';
import { FeedBackoff } from './feed-backoff.js';
import { FeedActivations } from './feed-activations.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { StoppingFeeds } from './stopping-feeds.js';
import { beginning, advancedTo, ActiveFeedFactory } from './active-feed-factory.js';

const IDLE_SAVED_AT_ONCE = 1_000;

/** A feed whose cursor is being loaded. */
interface Loading {
  /** If the feed turns out to be idle, events from here on have not been matched against it. */
  readonly since: number;
}

/** The registry's view of its partition. */
export interface RegistryPartition {
  readonly claim: PartitionClaim;
  readonly index: FeedIndex;
  readonly tail: PartitionTail;
  readonly stop: AbortSignal;
  /** Every event below this was matched against all live and idle feeds. */
  scannedOffset(): number;
  save(): Promise<boolean>;
  /** The feed may take more. */
  changed(active: ActiveFeed): void;
  /** Runs work in the background. If it fails, the partition stops and is restarted. */
  background(work: () => unknown): void;
}

/**
 * The state of each feed in one partition:
 *
 * ```
 *             ┌──────────── an event is owed: activated ──────────┐
 *  loading ──► idle ◄── owed nothing for a while, and saved ── active ── changed, ended or crashed ──► stopping
 *     └─────── owed something, or new ────────────────────────────►│                                   (saved)
 * ```
 *
 * A feed whose rules are newer than those its cursor was matched against is rewound first, idle or not. A feed whose
 * rules are older waits until this process knows the newer ones.
 */
export class FeedRegistry {
  readonly #factory: ActiveFeedFactory;
  readonly #loader: CursorLoader;
  readonly #activations: FeedActivations;
  readonly #backoff: FeedBackoff;
  readonly #active = new Map<string, ActiveFeed>();
  /** Active feeds that are not live. */
  readonly #behind = new Set<ActiveFeed>();
  /** Their feeds are not loaded again until they have stopped. */
  readonly #stopping: StoppingFeeds;
  readonly #loading = new Map<string, Loading>();
  /** Feeds that are no longer served, with the offset at which an idle cursor is to be pinned. */
  readonly #pinned = new Map<string, number>();
  /** New or changed idle feeds whose saved cursors do not say so yet, or name older rules. */
  readonly #unsavedIdle = new Map<string, SavedFeed>();

  constructor(
    private readonly partition: RegistryPartition,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#stopping = new StoppingFeeds(partition, ports.clock, limits);
    this.#backoff = new FeedBackoff(limits.restartPauseMs);
    this.#factory = new ActiveFeedFactory(partition.claim, ports, limits, (active) =>
      partition.changed(active),
    );
    this.#loader = new CursorLoader(partition, this.#factory, ports);
    this.#activations = new FeedActivations(partition, this.#factory, ports, {
      activated: (active) => this.#enter(active),
      changed: (feedId) => partition.background(() => this.load([feedId])),
    });
  }

  get(feedId: string): ActiveFeed | undefined {
    return this.#active.get(feedId);
  }

  get active(): Iterable<ActiveFeed> {
    return this.#active.values();
  }

  /** Active feeds that are not live. */
  get behind(): Iterable<ActiveFeed> {
    return this.#behind;
  }

  /** Active and stopping feeds, which may have something to save. */
  get unsaved(): ActiveFeed[] {
    return [...this.#active.values(), ...this.#stopping.unsaved];
  }

  /** Feeds whose idle cursors are to be pinned. */
  get pinned(): string[] {
    return [...this.#pinned.keys()];
  }

  /** The feed has caught up or fallen behind. */
  setLive(active: ActiveFeed): void {
    if (active.live) this.#behind.delete(active);
    else this.#behind.add(active);
  }

  /** Stops feeds that ended or changed. The caller loads those that begin. */
  reconcile({ begun, ended }: FeedChanges): void {
    for (const id of [...ended, ...begun.map(({ feedId }) => feedId)]) {
      const active = this.#active.get(id);
      if (active) this.stop(active);
    }
    for (const id of ended) {
      const since = this.#examinedTo(id);
      // A stopping feed is saved as active at its own cursor.
      if (!this.#stopping.has(id)) this.#pinned.set(id, since);
      this.#activations.delete(id);
      this.#loading.delete(id);
      const unsavedIdle = this.#unsavedIdle.get(id);
      if (unsavedIdle) this.#unsavedIdle.set(id, asActive(advancedTo(unsavedIdle, since)));
      this.#backoff.forget(id);
    }
  }

  /** Ids of crashed feeds whose backoff is over. */
  restartable(): string[] {
    const now = this.ports.clock.now();
    for (const active of this.#active.values()) {
      if (!active.stopped) continue;
      this.#backoff.ended(active.feedId, active.begunAt, now);
      this.stop(active);
    }
    return this.#backoff.due(now);
  }

  /** The partition is claimed: feeds that ended before were served up to here. */
  claimed(scannedOffset: number): void {
    for (const id of this.#pinned.keys()) this.#pinned.set(id, scannedOffset);
  }

  /**
   * Loads feeds and activates those that are not idle. It first waits until everything pending for them is saved, so that
   * no late save can overtake what is loaded.
   */
  async load(feedIds: readonly string[]): Promise<void> {
    if (feedIds.length === 0) return;
    const loadings = new Map(feedIds.map((id) => [id, { since: this.#examinedTo(id) }]));
    for (const [id, loading] of loadings) {
      this.#loading.set(id, loading);
      this.#activations.delete(id);
    }
    await this.#stopping.ended(feedIds);
    await this.#idleIsSaved(feedIds);
    await this.#loader.load({
      feeds: this.#served(feedIds),
      sinceOf: (feedId) => loadings.get(feedId)?.since ?? 0,
      loaded: (indexed, saved) => {
        const { feedId } = indexed.feed;
        // Otherwise it has ended, or has changed and is being loaded again.
        if (this.#loading.get(feedId) === loadings.get(feedId)) this.#loaded(indexed, saved);
      },
    });
  }

  /** An event is owed to a feed that is not active. @returns the active feed, if no load is needed */
  activate(feedId: string, offset: number): ActiveFeed | undefined {
    // A loading, stopping or failed feed will read from its own cursor.
    if (this.#active.has(feedId) || this.#activations.has(feedId)) return undefined;
    if (this.#loading.has(feedId) || this.#stopping.has(feedId) || this.#backoff.isBackingOff(feedId))
      return undefined;
    if (this.#unsavedIdle.has(feedId)) return this.#activateUnsavedIdle(feedId, offset);
    this.#activations.activate(feedId, offset);
    return undefined;
  }

  /** The active feed, activated if it is idle; `undefined` when it is not served now. */
  async activeFeedOf(feedId: string): Promise<ActiveFeed | undefined> {
    const known = this.#active.get(feedId);
    if (known) return known;
    if (!this.partition.index.get(feedId)) return undefined;
    this.activate(feedId, this.partition.scannedOffset());
    if (this.#activations.has(feedId)) await this.#activations.all();
    return this.#active.get(feedId);
  }

  /** How far the cursors of all idle feeds may move: not past an offset that still has to be matched for one of them. */
  idleOffset(): number {
    let scannedOffset = Math.min(this.partition.scannedOffset(), this.#activations.since);
    for (const { since } of this.#loading.values()) scannedOffset = Math.min(scannedOffset, since);
    for (const since of this.#pinned.values()) scannedOffset = Math.min(scannedOffset, since);
    return scannedOffset;
  }

  /** A bounded number of idle cursors that are not saved as idle yet. */
  settling(): Map<string, SavedCursor> {
    const some = new Map<string, SavedCursor>();
    for (const [id, { cursor }] of this.#unsavedIdle) {
      if (some.size === IDLE_SAVED_AT_ONCE) break;
      some.set(id, cursor);
    }
    return some;
  }

  idleSaved(saved: ReadonlyMap<string, SavedCursor>): void {
    for (const [id, cursor] of saved)
      if (this.#unsavedIdle.get(id)?.cursor === cursor) this.#unsavedIdle.delete(id);
  }

  confirmPinned(feedIds: readonly string[]): void {
    for (const id of feedIds) this.#pinned.delete(id);
  }

  /** The feed has no work left, and that is saved. */
  deactivate(active: ActiveFeed): void {
    if (this.#active.get(active.feedId) === active) this.dismiss(active);
  }

  /** Drops a feed without saving it. */
  dismiss(active: ActiveFeed): void {
    this.#drop(active);
    this.partition.background(() => active.stop(0));
  }

  stop(active: ActiveFeed): void {
    this.#drop(active);
    this.#stopping.stop(active, this.partition.scannedOffset());
  }

  async stopAll(): Promise<void> {
    for (const active of this.#active.values()) this.stop(active);
    await this.#stopping.ended();
  }

  /** Up to where events were matched against a feed, should it be idle. */
  #examinedTo(id: string): number {
    const since = this.#activations.sinceOf(id) ?? this.#loading.get(id)?.since;
    return since ?? this.#pinned.get(id) ?? this.partition.scannedOffset();
  }

  /** @param kept `null` for a new feed; not there: at rest, or a replay that has no part in this partition */
  #loaded(indexed: IndexedFeed, saved: SavedFeed | null | undefined): void {
    const { feedId, replayId } = indexed.feed;
    const since = this.#loading.get(feedId)?.since ?? 0;
    this.#loading.delete(feedId);
    if (this.#active.has(feedId)) return;
    if (saved === null) this.#begin(indexed, beginning(indexed, this.partition.claim));
    else if (saved?.cursor.idle) this.#becomeIdle(indexed, advancedTo(saved, since));
    else if (saved) this.#enter(this.#factory.make(indexed, saved));
    else if (replayId === null) this.#lookBack(indexed, since);
  }

  #begin(indexed: IndexedFeed, beginning: SavedFeed): void {
    if (this.#isQuietSince(indexed, beginning.cursor.watermark)) this.#becomeIdle(indexed, beginning);
    else this.#enter(this.#factory.make(indexed, beginning));
  }

  /** Activates at once, because the cursor is known. */
  #activateUnsavedIdle(feedId: string, offset: number): ActiveFeed | undefined {
    const indexed = this.partition.index.get(feedId);
    const saved = this.#unsavedIdle.get(feedId);
    if (!indexed || !saved) return undefined;
    const active = this.#factory.make(indexed, { ...advancedTo(saved, offset), isSaved: false });
    this.#enter(active);
    return active;
  }

  #becomeIdle(indexed: IndexedFeed, saved: SavedFeed): void {
    this.#unsavedIdle.set(indexed.feed.feedId, { ...saved, cursor: { ...saved.cursor, idle: true } });
    // An event may have arrived in the meantime.
    this.#lookBack(indexed, saved.cursor.watermark);
  }

  /** Whether the events in memory show that a feed starting here has been owed nothing. */
  #isQuietSince({ feed, matches }: IndexedFeed, start: number): boolean {
    const { tail } = this.partition;
    const scannedOffset = this.partition.scannedOffset();
    if (feed.replayId !== null || start > scannedOffset || !this.#isInMemory(start)) return false;
    return !tail
      .read(start, Infinity)
      .events.some((event) => event.position.offset < scannedOffset && matches(event));
  }

  /** Whether everything scanned since then is in memory; the scan may be ahead of the tail. */
  #isInMemory(since: number): boolean {
    const { tail } = this.partition;
    return since >= tail.start && this.partition.scannedOffset() <= tail.next;
  }

  /** Activates an idle feed if it was, or may have been, owed something while it was loading. */
  #lookBack(indexed: IndexedFeed, since: number): void {
    const { tail } = this.partition;
    if (since >= this.partition.scannedOffset()) return;
    const isKnown = this.#isInMemory(since);
    const owed = isKnown
      ? tail.read(since, Infinity).events.find((event) => indexed.matches(event))
      : undefined;
    if (owed) this.activate(indexed.feed.feedId, owed.position.offset);
    else if (!isKnown) this.activate(indexed.feed.feedId, since);
  }

  #enter(active: ActiveFeed): void {
    if (this.#active.has(active.feedId)) return;
    this.#active.set(active.feedId, active);
    this.#unsavedIdle.delete(active.feedId);
    this.partition.changed(active);
  }

  #served(feedIds: readonly string[]): IndexedFeed[] {
    return feedIds.flatMap((id) => this.partition.index.get(id) ?? []);
  }

  /** Resolves when nothing idle is unsaved or left to pin for these feeds, or at a stop. */
  async #idleIsSaved(feedIds: readonly string[]): Promise<void> {
    const { stop } = this.partition;
    const isDue = (id: string): boolean => this.#pinned.has(id) || this.#unsavedIdle.has(id);
    while (!stop.aborted && feedIds.some(isDue)) {
      const isSaved = await this.partition.save();
      if (!isSaved) await this.ports.clock.sleep(this.limits.saveIntervalMs, stop);
    }
  }

  #drop(active: ActiveFeed): void {
    this.#active.delete(active.feedId);
    this.#behind.delete(active);
  }
}

const asActive = (saved: SavedFeed): SavedFeed => ({ ...saved, cursor: { ...saved.cursor, idle: false } });
