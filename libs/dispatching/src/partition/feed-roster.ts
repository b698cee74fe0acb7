import type { FeedChanges, FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { FeedRun, KeptFeed } from '../feeds/feed-run.js';
import type { KeptCursor, PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { CursorLoads } from './cursor-loads.js';
import type { DispatchLimits, DispatchPorts } from './dispatch-limits.js';
import { FeedRestarts } from './feed-restarts.js';
import { FeedWakes } from './feed-wakes.js';
import type { PartitionTail } from '../tail/partition-tail.js';
import { RetiringRuns } from './retiring-runs.js';
import { beginning, risen, RunMaker } from './run-maker.js';

const SETTLED_AT_ONCE = 1_000;

/** A feed of which it is being found out where it stands. */
interface Adoption {
  /** From where on it has to be looked what is owed to it, should it be at rest. */
  readonly since: number;
}

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
 *
 * A feed that comes with newer rules than its cursor was judged by is rewound first, at rest or not. With older ones it
 * waits until they are known here, too.
 */
export class FeedRoster {
  readonly #maker: RunMaker;
  readonly #loads: CursorLoads;
  readonly #waking: FeedWakes;
  readonly #restarts: FeedRestarts;
  readonly #runs = new Map<string, FeedRun>();
  /** Those of them that are not live. */
  readonly #behind = new Set<FeedRun>();
  /** Their feeds are not begun again until they have ended. */
  readonly #retiring: RetiringRuns;
  /** Feeds of which it is not known yet where they stand. */
  readonly #adopting = new Map<string, Adoption>();
  /** Feeds that are not served any more since then: their rest, if they were at rest, is to end there. */
  readonly #unrested = new Map<string, number>();
  /** Feeds at rest whose cursors don't say so, or not by which rules: new ones, and those that have changed. */
  readonly #settling = new Map<string, KeptFeed>();

  constructor(
    private readonly partition: RosterPartition,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#retiring = new RetiringRuns(partition, ports.timers, limits);
    this.#restarts = new FeedRestarts(limits.restartPauseMs);
    this.#maker = new RunMaker(partition.claim, ports, limits, (run) => partition.changed(run));
    this.#loads = new CursorLoads(partition, this.#maker, ports);
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
      const since = this.#lookedAt(id);
      // One that retires is saved awake, where it stands.
      if (!this.#retiring.has(id)) this.#unrested.set(id, since);
      this.#waking.delete(id);
      this.#adopting.delete(id);
      const settling = this.#settling.get(id);
      if (settling) this.#settling.set(id, awake(risen(settling, since)));
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
   * Finds out where feeds stand that are not known here, and begins those that are not at rest: once all is saved that was
   * to be saved of them, so that it cannot come behind what is read here.
   */
  async adopt(feedIds: readonly string[]): Promise<void> {
    if (feedIds.length === 0) return;
    const adoptions = new Map(feedIds.map((id) => [id, { since: this.#lookedAt(id) }]));
    for (const [id, adoption] of adoptions) {
      this.#adopting.set(id, adoption);
      this.#waking.delete(id);
    }
    await this.#retiring.ended(feedIds);
    await this.#restsSaved(feedIds);
    await this.#loads.load({
      feeds: this.#served(feedIds),
      sinceOf: (feedId) => adoptions.get(feedId)?.since ?? 0,
      loaded: (indexed, kept) => {
        const { feedId } = indexed.feed;
        // Else it has ended meanwhile, or has changed and is adopted again for that.
        if (this.#adopting.get(feedId) === adoptions.get(feedId)) this.#adopted(indexed, kept);
      },
    });
  }

  /** Something is owed to a feed that is not awake. @returns its run, if it is awake at once */
  wake(feedId: string, offset: number): FeedRun | undefined {
    // Those that are adopted, retired or down read for themselves from where they stand.
    if (this.#runs.has(feedId) || this.#waking.has(feedId)) return undefined;
    if (this.#adopting.has(feedId) || this.#retiring.has(feedId) || this.#restarts.isDown(feedId))
      return undefined;
    if (this.#settling.has(feedId)) return this.#wakeSettling(feedId, offset);
    this.#waking.wake(feedId, offset);
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

  /** Cursors of those that are at rest and not saved so, some at a time. */
  settling(): Map<string, KeptCursor> {
    const some = new Map<string, KeptCursor>();
    for (const [id, { cursor }] of this.#settling) {
      if (some.size === SETTLED_AT_ONCE) break;
      some.set(id, cursor);
    }
    return some;
  }

  /** Their cursors are saved. */
  settled(saved: ReadonlyMap<string, KeptCursor>): void {
    for (const [id, cursor] of saved)
      if (this.#settling.get(id)?.cursor === cursor) this.#settling.delete(id);
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
    const since = this.#waking.sinceOf(id) ?? this.#adopting.get(id)?.since;
    return since ?? this.#unrested.get(id) ?? this.partition.rest();
  }

  /** @param kept `null` for a new feed; not there: at rest, or a replay that has no part in this partition */
  #adopted(indexed: IndexedFeed, kept: KeptFeed | null | undefined): void {
    const { feedId, replayId } = indexed.feed;
    const since = this.#adopting.get(feedId)?.since ?? 0;
    this.#adopting.delete(feedId);
    if (this.#runs.has(feedId)) return;
    if (kept === null) this.#begin(indexed, beginning(indexed, this.partition.claim));
    else if (kept?.cursor.resting) this.#settle(indexed, risen(kept, since));
    else if (kept) this.#enter(this.#maker.run(indexed, kept));
    else if (replayId === null) this.#lookBack(indexed, since);
  }

  #begin(indexed: IndexedFeed, beginning: KeptFeed): void {
    if (this.#isQuietSince(indexed, beginning.cursor.watermark)) this.#settle(indexed, beginning);
    else this.#enter(this.#maker.run(indexed, beginning));
  }

  /** All that the database could tell of it is known. */
  #wakeSettling(feedId: string, offset: number): FeedRun | undefined {
    const indexed = this.partition.index.get(feedId);
    const kept = this.#settling.get(feedId);
    if (!indexed || !kept) return undefined;
    const run = this.#maker.run(indexed, { ...risen(kept, offset), isKept: false });
    this.#enter(run);
    return run;
  }

  #settle(indexed: IndexedFeed, kept: KeptFeed): void {
    this.#settling.set(indexed.feed.feedId, { ...kept, cursor: { ...kept.cursor, resting: true } });
    // Something may have come since it was looked at.
    this.#lookBack(indexed, kept.cursor.watermark);
  }

  /** Whether nothing has been owed to a feed that begins here, as far as that can be told from memory. */
  #isQuietSince({ feed, owes }: IndexedFeed, start: number): boolean {
    const { tail } = this.partition;
    const rest = this.partition.rest();
    if (feed.replayId !== null || start > rest || !this.#isInMemory(start)) return false;
    return !tail.read(start, Infinity).events.some((event) => event.position.offset < rest && owes(event));
  }

  /** Whether all is that was looked at from there on: others may have come further than the tail. */
  #isInMemory(since: number): boolean {
    const { tail } = this.partition;
    return since >= tail.start && this.partition.rest() <= tail.next;
  }

  /** A feed that is at rest: whether something was owed to it while that was not known yet. */
  #lookBack(indexed: IndexedFeed, since: number): void {
    const { tail } = this.partition;
    if (since >= this.partition.rest()) return;
    const isKnown = this.#isInMemory(since);
    const owed = isKnown ? tail.read(since, Infinity).events.find((event) => indexed.owes(event)) : undefined;
    if (owed) this.wake(indexed.feed.feedId, owed.position.offset);
    else if (!isKnown) this.wake(indexed.feed.feedId, since);
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

  /** Resolves when it is saved of each that it is at rest, and by which rules, or that its rest has ended; or at a stop. */
  async #restsSaved(feedIds: readonly string[]): Promise<void> {
    const { stop } = this.partition;
    const isDue = (id: string): boolean => this.#unrested.has(id) || this.#settling.has(id);
    while (!stop.stopped && feedIds.some(isDue)) {
      const isSaved = await this.partition.save();
      if (!isSaved) await this.ports.timers.sleep(this.limits.saveIntervalMs, stop);
    }
  }

  #drop(run: FeedRun): void {
    this.#runs.delete(run.feedId);
    this.#behind.delete(run);
  }
}

const awake = (kept: KeptFeed): KeptFeed => ({ ...kept, cursor: { ...kept.cursor, resting: false } });
