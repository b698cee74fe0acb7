import type { FeedChanges, FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { ActiveFeed, SavedFeed } from '../feeds/active-feed.js';
import type { SavedCursor, PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { CursorLoader } from './cursor-loader.js';
import type { DispatchLimits, DispatchPorts } from './dispatch-limits.js';
import { FeedBackoff } from './feed-backoff.js';
import { FeedActivations } from './feed-activations.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { StoppingFeeds } from './stopping-feeds.js';
import { beginning, advancedTo, ActiveFeedFactory } from './active-feed-factory.js';

const IDLE_SAVED_AT_ONCE = 1_000;

/** A feed of which it is being found out where it stands. */
interface Loading {
  /** From where on it has to be looked what is owed to it, should it be at rest. */
  readonly since: number;
}

/** What the roster needs of the partition. */
export interface RegistryPartition {
  readonly claim: PartitionClaim;
  readonly index: FeedIndex;
  readonly tail: PartitionTail;
  readonly stop: StopSignal;
  /** All before was looked at, for all live feeds and those at rest. */
  scannedOffset(): number;
  save(): Promise<boolean>;
  /** A run may take more. */
  changed(active: ActiveFeed): void;
  /** Lets work go on by itself: if it fails, the partition is given up, and begun again. */
  background(work: () => unknown): void;
}

/**
 * Which feeds are awake in a partition, and how they come and go:
 *
 * ```
 *            ┌────────────── owed something: woken ──────────────┐
 *  new ──adopted──► at rest ◄──owed nothing for long, and saved── awake ──changed, ended or crashed──► retires
 *            └──────── not at rest, or new ──────────────────────►│                                    (saved)
 * ```
 *
 * A feed that comes with newer rules than its cursor was judged by is rewound first, at rest or not. With older ones it
 * waits until they are known here, too.
 */
export class FeedRegistry {
  readonly #factory: ActiveFeedFactory;
  readonly #loader: CursorLoader;
  readonly #activations: FeedActivations;
  readonly #backoff: FeedBackoff;
  readonly #active = new Map<string, ActiveFeed>();
  /** Those of them that are not live. */
  readonly #behind = new Set<ActiveFeed>();
  /** Their feeds are not begun again until they have ended. */
  readonly #stopping: StoppingFeeds;
  /** Feeds of which it is not known yet where they stand. */
  readonly #loading = new Map<string, Loading>();
  /** Feeds that are not served any more since then: their rest, if they were at rest, is to end there. */
  readonly #pinned = new Map<string, number>();
  /** Feeds at rest whose cursors don't say so, or not by which rules: new ones, and those that have changed. */
  readonly #unsavedIdle = new Map<string, SavedFeed>();

  constructor(
    private readonly partition: RegistryPartition,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#stopping = new StoppingFeeds(partition, ports.timers, limits);
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

  /** Those that are awake. */
  get active(): Iterable<ActiveFeed> {
    return this.#active.values();
  }

  /** Those of them that are not live. */
  get behind(): Iterable<ActiveFeed> {
    return this.#behind;
  }

  /** All that may have something to be saved. */
  get unsaved(): ActiveFeed[] {
    return [...this.#active.values(), ...this.#stopping.unsaved];
  }

  /** Feeds whose rest is to end. */
  get pinned(): string[] {
    return [...this.#pinned.keys()];
  }

  /** The run has caught up, or fallen behind. */
  setLive(active: ActiveFeed): void {
    if (active.live) this.#behind.delete(active);
    else this.#behind.add(active);
  }

  /** Feeds that were ended or changed. Those that were begun are adopted next. */
  reconcile({ begun, ended }: FeedChanges): void {
    for (const id of [...ended, ...begun.map(({ feedId }) => feedId)]) {
      const active = this.#active.get(id);
      if (active) this.stop(active);
    }
    for (const id of ended) {
      const since = this.#examinedTo(id);
      // One that retires is saved awake, where it stands.
      if (!this.#stopping.has(id)) this.#pinned.set(id, since);
      this.#activations.delete(id);
      this.#loading.delete(id);
      const unsavedIdle = this.#unsavedIdle.get(id);
      if (unsavedIdle) this.#unsavedIdle.set(id, asActive(advancedTo(unsavedIdle, since)));
      this.#backoff.forget(id);
    }
  }

  /** Feeds that have ended by a fault, and may begin again now. */
  restartable(): string[] {
    const now = this.ports.timers.now();
    for (const active of this.#active.values()) {
      if (!active.stopped) continue;
      this.#backoff.ended(active.feedId, active.begunAt, now);
      this.stop(active);
    }
    return this.#backoff.due(now);
  }

  /** Those that have ended already were served when the claim was made. */
  claimed(scannedOffset: number): void {
    for (const id of this.#pinned.keys()) this.#pinned.set(id, scannedOffset);
  }

  /**
   * Finds out where feeds stand that are not known here, and begins those that are not at rest: once all is saved that was
   * to be saved of them, so that it cannot come behind what is read here.
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
        // Else it has ended meanwhile, or has changed and is adopted again for that.
        if (this.#loading.get(feedId) === loadings.get(feedId)) this.#loaded(indexed, saved);
      },
    });
  }

  /** Something is owed to a feed that is not awake. @returns its run, if it is awake at once */
  activate(feedId: string, offset: number): ActiveFeed | undefined {
    // Those that are adopted, retired or down read for themselves from where they stand.
    if (this.#active.has(feedId) || this.#activations.has(feedId)) return undefined;
    if (this.#loading.has(feedId) || this.#stopping.has(feedId) || this.#backoff.isBackingOff(feedId))
      return undefined;
    if (this.#unsavedIdle.has(feedId)) return this.#activateUnsavedIdle(feedId, offset);
    this.#activations.activate(feedId, offset);
    return undefined;
  }

  /** The run of a feed, woken if it must be; `undefined` when it is not served now. */
  async activeFeedOf(feedId: string): Promise<ActiveFeed | undefined> {
    const known = this.#active.get(feedId);
    if (known) return known;
    if (!this.partition.index.get(feedId)) return undefined;
    this.activate(feedId, this.partition.scannedOffset());
    if (this.#activations.has(feedId)) await this.#activations.all();
    return this.#active.get(feedId);
  }

  /** How far all feeds at rest have come: not further than where one of them has to be looked after. */
  idleOffset(): number {
    let scannedOffset = Math.min(this.partition.scannedOffset(), this.#activations.since);
    for (const { since } of this.#loading.values()) scannedOffset = Math.min(scannedOffset, since);
    for (const since of this.#pinned.values()) scannedOffset = Math.min(scannedOffset, since);
    return scannedOffset;
  }

  /** Cursors of those that are at rest and not saved so, some at a time. */
  settling(): Map<string, SavedCursor> {
    const some = new Map<string, SavedCursor>();
    for (const [id, { cursor }] of this.#unsavedIdle) {
      if (some.size === IDLE_SAVED_AT_ONCE) break;
      some.set(id, cursor);
    }
    return some;
  }

  /** Their cursors are saved. */
  idleSaved(saved: ReadonlyMap<string, SavedCursor>): void {
    for (const [id, cursor] of saved)
      if (this.#unsavedIdle.get(id)?.cursor === cursor) this.#unsavedIdle.delete(id);
  }

  /** It is saved that their rest has ended. */
  confirmPinned(feedIds: readonly string[]): void {
    for (const id of feedIds) this.#pinned.delete(id);
  }

  /** Nothing is left to be done for it, and that is saved. */
  deactivate(active: ActiveFeed): void {
    if (this.#active.get(active.feedId) === active) this.dismiss(active);
  }

  /** Without saving. */
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

  /** From where on it was not looked yet whether something is owed to a feed at rest. */
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

  /** All that the database could tell of it is known. */
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
    // Something may have come since it was looked at.
    this.#lookBack(indexed, saved.cursor.watermark);
  }

  /** Whether nothing has been owed to a feed that begins here, as far as that can be told from memory. */
  #isQuietSince({ feed, matches }: IndexedFeed, start: number): boolean {
    const { tail } = this.partition;
    const scannedOffset = this.partition.scannedOffset();
    if (feed.replayId !== null || start > scannedOffset || !this.#isInMemory(start)) return false;
    return !tail
      .read(start, Infinity)
      .events.some((event) => event.position.offset < scannedOffset && matches(event));
  }

  /** Whether all is that was looked at from there on: others may have come further than the tail. */
  #isInMemory(since: number): boolean {
    const { tail } = this.partition;
    return since >= tail.start && this.partition.scannedOffset() <= tail.next;
  }

  /** A feed that is at rest: whether something was owed to it while that was not known yet. */
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

  /** Resolves when it is saved of each that it is at rest, and by which rules, or that its rest has ended; or at a stop. */
  async #idleIsSaved(feedIds: readonly string[]): Promise<void> {
    const { stop } = this.partition;
    const isDue = (id: string): boolean => this.#pinned.has(id) || this.#unsavedIdle.has(id);
    while (!stop.stopped && feedIds.some(isDue)) {
      const isSaved = await this.partition.save();
      if (!isSaved) await this.ports.timers.sleep(this.limits.saveIntervalMs, stop);
    }
  }

  #drop(active: ActiveFeed): void {
    this.#active.delete(active.feedId);
    this.#behind.delete(active);
  }
}

const asActive = (saved: SavedFeed): SavedFeed => ({ ...saved, cursor: { ...saved.cursor, idle: false } });
