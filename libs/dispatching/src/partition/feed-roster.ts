import type { FeedChanges, FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { FeedRun } from '../feeds/feed-run.js';
import type { KeptCursor, PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { throughOutages } from '../timing/through-outages.js';
import type { DispatchLimits, DispatchPorts } from './dispatch-limits.js';
import { FeedRestarts } from './feed-restarts.js';
import { FeedWakes, type Sought } from './feed-wakes.js';
import { changedFrom } from './late-change.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { RetiringRuns } from './retiring-runs.js';
import { beginningOf, RunMaker } from './run-maker.js';

const SETTLED_AT_ONCE = 1_000;

/** What the roster needs of the partition. */
export interface RosterPartition {
  readonly claim: PartitionClaim;
  readonly index: FeedIndex;
  readonly tail: PartitionTail;
  readonly stop: StopSignal;
  /** All before was looked at, for all live feeds and those at rest. */
  rest(): number;
  save(): Promise<boolean>;
  /** A run may take more. */
  changed(run: FeedRun): void;
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
 */
export class FeedRoster {
  readonly #maker: RunMaker;
  readonly #waking: FeedWakes;
  readonly #restarts: FeedRestarts;
  readonly #runs = new Map<string, FeedRun>();
  /** Those of them that are not live. */
  readonly #behind = new Set<FeedRun>();
  /** Their feeds are not begun again until they have ended. */
  readonly #retiring: RetiringRuns;
  /** Feeds of which it is not known yet where they stand. */
  readonly #adopting = new Map<string, Sought>();
  /** Feeds that are not served any more since then: their rest, if they were at rest, is to end there. */
  readonly #unrested = new Map<string, number>();
  /** New feeds that nothing is owed to yet: they are at rest, and have no cursor that says so. */
  readonly #settling = new Map<string, KeptCursor>();

  constructor(
    private readonly partition: RosterPartition,
    private readonly ports: DispatchPorts,
    limits: DispatchLimits,
  ) {
    this.#retiring = new RetiringRuns(partition, ports.timers, limits);
    this.#restarts = new FeedRestarts(limits.restartPauseMs);
    this.#maker = new RunMaker(partition.claim, ports, limits, partition.tail, (run) =>
      partition.changed(run),
    );
    this.#waking = new FeedWakes(partition, this.#maker, ports, {
      woken: (run) => this.#enter(run),
      changed: (feedId) => partition.background(() => this.adopt([feedId])),
    });
  }

  get(feedId: string): FeedRun | undefined {
    return this.#runs.get(feedId);
  }

  /** Those that are awake. */
  get runs(): Iterable<FeedRun> {
    return this.#runs.values();
  }

  /** Those of them that are not live. */
  get behind(): Iterable<FeedRun> {
    return this.#behind;
  }

  /** All that may have something to be saved. */
  get unsaved(): FeedRun[] {
    return [...this.#runs.values(), ...this.#retiring.unsaved];
  }

  /** Feeds whose rest is to end. */
  get unrested(): string[] {
    return [...this.#unrested.keys()];
  }

  /** The run has caught up, or fallen behind. */
  setLive(run: FeedRun): void {
    if (run.live) this.#behind.delete(run);
    else this.#behind.add(run);
  }

  /** Feeds that were ended or changed. Those that were begun are adopted next. */
  reconcile({ begun, ended }: FeedChanges): void {
    for (const id of [...ended, ...begun.map(({ feedId }) => feedId)]) {
      const run = this.#runs.get(id);
      if (run) this.retire(run);
    }
    for (const id of ended) {
      // One that retires is saved awake, where it stands.
      if (!this.#retiring.has(id)) this.#unrested.set(id, this.#lookedAt(id));
      this.#waking.delete(id);
      this.#adopting.delete(id);
      this.#settling.delete(id);
      this.#restarts.forget(id);
    }
  }

  /** Feeds that have ended by a fault, and may begin again now. */
  fallen(): string[] {
    const now = this.ports.timers.now();
    for (const run of this.#runs.values()) {
      if (!run.stopped) continue;
      this.#restarts.ended(run.feedId, run.begunAt, now);
      this.retire(run);
    }
    return this.#restarts.due(now);
  }

  /** Those that have ended already were served when the claim was made. */
  claimed(rest: number): void {
    for (const id of this.#unrested.keys()) this.#unrested.set(id, rest);
  }

  /**
   * Finds out where feeds stand that are not known here, and begins those that are not at rest.
   * @param changed what those of them were before that have changed
   */
  async adopt(
    feedIds: readonly string[],
    changed: ReadonlyMap<string, IndexedFeed> = new Map(),
  ): Promise<void> {
    if (feedIds.length === 0) return;
    const adoptions = new Map(feedIds.map((id) => [id, this.#adoptionOf(id, changed.get(id))]));
    for (const [id, adoption] of adoptions) {
      this.#adopting.set(id, adoption);
      this.#waking.delete(id);
      this.#unrested.delete(id);
      this.#settling.delete(id);
    }
    await this.#retiring.ended(feedIds);
    const feeds = this.#served(feedIds);
    const before = new Map(
      [...adoptions].flatMap(([id, adoption]) => (adoption.before ? [[id, adoption.before] as const] : [])),
    );
    const runs = await throughOutages(
      () => this.#maker.awake(feeds, before, (indexed, start) => this.#isQuietSince(indexed, start)),
      (error) => this.ports.observer.failed('claim', this.partition.claim, error),
      this.ports,
      this.partition.stop,
    );
    if (!runs || this.partition.stop.stopped) return;
    for (const indexed of feeds) {
      const { feedId, replayId } = indexed.feed;
      const adoption = this.#adopting.get(feedId);
      // It has ended meanwhile, or has changed and is adopted again for that.
      if (!adoption || adoption !== adoptions.get(feedId)) continue;
      this.#adopting.delete(feedId);
      const run = runs.get(feedId);
      if (run) this.#enter(run);
      else if (this.#runs.has(feedId) || replayId !== null) continue;
      else if (run === null) this.#settle(indexed);
      else this.#lookBack(indexed, adoption);
    }
  }

  /** Something is owed to a feed that is not awake. @returns its run, if it is awake at once */
  wake(feedId: string, offset: number, before?: IndexedFeed): FeedRun | undefined {
    // Those that are adopted, retired or down read for themselves from where they stand.
    if (this.#runs.has(feedId) || this.#waking.has(feedId)) return undefined;
    if (this.#adopting.has(feedId) || this.#retiring.has(feedId) || this.#restarts.isDown(feedId))
      return undefined;
    if (this.#settling.has(feedId)) return this.#wakeSettling(feedId, offset);
    this.#waking.wake(feedId, { since: offset, before });
    return undefined;
  }

  /** The run of a feed, woken if it must be; `undefined` when it is not served now. */
  async runOf(feedId: string): Promise<FeedRun | undefined> {
    const known = this.#runs.get(feedId);
    if (known) return known;
    if (!this.partition.index.get(feedId)) return undefined;
    this.wake(feedId, this.partition.rest());
    if (this.#waking.has(feedId)) await this.#waking.all();
    return this.#runs.get(feedId);
  }

  /** How far all feeds at rest have come: not further than where one of them has to be looked after. */
  restOfAll(): number {
    let rest = Math.min(this.partition.rest(), this.#waking.since);
    for (const { since } of this.#adopting.values()) rest = Math.min(rest, since);
    for (const since of this.#unrested.values()) rest = Math.min(rest, since);
    return rest;
  }

  /** Cursors of those that are at rest since they began, some at a time. */
  settling(): Map<string, KeptCursor> {
    const some = new Map<string, KeptCursor>();
    for (const [id, cursor] of this.#settling) {
      if (some.size === SETTLED_AT_ONCE) break;
      some.set(id, cursor);
    }
    return some;
  }

  /** Their cursors are saved. */
  settled(saved: ReadonlyMap<string, KeptCursor>): void {
    for (const [id, cursor] of saved) if (this.#settling.get(id) === cursor) this.#settling.delete(id);
  }

  /** It is saved that their rest has ended. */
  confirmUnrested(feedIds: readonly string[]): void {
    for (const id of feedIds) this.#unrested.delete(id);
  }

  /** Nothing is left to be done for it, and that is saved. */
  layToRest(run: FeedRun): void {
    if (this.#runs.get(run.feedId) === run) this.dismiss(run);
  }

  /** Without saving. */
  dismiss(run: FeedRun): void {
    this.#drop(run);
    this.partition.background(() => run.stop(0));
  }

  retire(run: FeedRun): void {
    this.#drop(run);
    this.#retiring.retire(run, this.partition.rest());
  }

  async retireAll(): Promise<void> {
    for (const run of this.#runs.values()) this.retire(run);
    await this.#retiring.ended();
  }

  /** From where on it was not looked yet whether something is owed to a feed at rest. */
  #lookedAt(id: string): number {
    const sought = this.#waking.get(id) ?? this.#adopting.get(id);
    return sought?.since ?? this.#unrested.get(id) ?? this.partition.rest();
  }

  /** One that changes again while it is adopted was served as what it was at first. */
  #adoptionOf(id: string, changed: IndexedFeed | undefined): Sought {
    const before = (this.#adopting.get(id) ?? this.#waking.get(id))?.before ?? changed;
    const now = this.partition.index.get(id);
    const from = before && now && changedFrom(before.feed, now.feed, this.partition.claim);
    return { since: Math.min(this.#lookedAt(id), from ?? Infinity), before };
  }

  /** All that the database could tell of it is known. */
  #wakeSettling(feedId: string, offset: number): FeedRun | undefined {
    const indexed = this.partition.index.get(feedId);
    if (!indexed) return undefined;
    const run = this.#maker.fresh(indexed, offset);
    this.#enter(run);
    return run;
  }

  #settle(indexed: IndexedFeed): void {
    const { feedId } = indexed.feed;
    const watermark = beginningOf(indexed.feed, this.partition.claim);
    this.#settling.set(feedId, { watermark, finished: [], previousEventId: null, resting: true });
    // Something may have come since it was looked at.
    this.#lookBack(indexed, { since: watermark, before: undefined });
  }

  /** Whether nothing has been owed to a feed that begins here, as far as that can be told from memory. */
  #isQuietSince({ feed, owes }: IndexedFeed, start: number): boolean {
    const { tail } = this.partition;
    const rest = this.partition.rest();
    if (feed.replayId !== null || start > rest || start < tail.start) return false;
    return !tail.read(start, Infinity).events.some((event) => event.position.offset < rest && owes(event));
  }

  /** A feed that is at rest: whether something was owed to it while that was not known yet. */
  #lookBack(indexed: IndexedFeed, { since, before }: Sought): void {
    const { tail } = this.partition;
    if (since >= this.partition.rest()) return;
    const isKnown = since >= tail.start;
    const owed = isKnown ? tail.read(since, Infinity).events.find((event) => indexed.owes(event)) : undefined;
    if (owed) this.wake(indexed.feed.feedId, owed.position.offset, before);
    else if (!isKnown) this.wake(indexed.feed.feedId, since, before);
  }

  #enter(run: FeedRun): void {
    if (this.#runs.has(run.feedId)) return;
    this.#runs.set(run.feedId, run);
    this.#settling.delete(run.feedId);
    this.partition.changed(run);
  }

  #served(feedIds: readonly string[]): IndexedFeed[] {
    return feedIds.flatMap((id) => this.partition.index.get(id) ?? []);
  }

  #drop(run: FeedRun): void {
    this.#runs.delete(run.feedId);
    this.#behind.delete(run);
  }
}
