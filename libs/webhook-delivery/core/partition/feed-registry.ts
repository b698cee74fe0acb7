import { ActiveFeed, type ActiveFeedChanges } from '../feeds/active-feed.js';
import type { FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { PartitionChanges, SavedCursor } from '../ports.js';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';
import { CursorLoader, type LoadingPartition } from './cursor-loader.js';
import {
  type FeedEffect,
  type FeedInput,
  type FeedState,
  holdsScanAt,
  IDLE,
  idleCursorToSave,
  type ScannedEvents,
} from './feed-state.js';
import { transition } from './feed-transition.js';

const IDLE_SAVED_AT_ONCE = 1_000;

export interface Collected extends Omit<PartitionChanges, 'number'> {
  /** Only the scanned offset may have changed. */
  readonly isEmpty: boolean;
  /** Call it when all of this is durable. */
  readonly confirm: () => void;
}

/** The registry's view of its partition. */
export interface RegistryPartition extends LoadingPartition {
  readonly index: FeedIndex;
  /** Every event below this was matched against all live and idle feeds. */
  scannedOffset(): number;
  save(): Promise<boolean>;
  /** The feed may take more. */
  changed(active: ActiveFeed): void;
}

/**
 * Holds the state of each feed in one partition, carries out the effects of its transitions, and reports their results
 * as the next inputs. A feed without an entry is idle, or not served.
 */
export class FeedRegistry {
  readonly #states = new Map<string, FeedState>();
  /** An index of the active feeds that are not live, which are looked at after each batch. */
  readonly #behind = new Set<ActiveFeed>();
  readonly #stops = new Set<Promise<void>>();
  readonly #loader: CursorLoader;

  constructor(
    private readonly partition: RegistryPartition,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#loader = new CursorLoader(partition, ports, {
      loaded: (feeds, found) => {
        const scanned = this.#scanned();
        for (const indexed of feeds) {
          const { feedId } = indexed.feed;
          this.#apply(feedId, { kind: 'loaded', indexed, saved: found.get(feedId), scanned });
        }
      },
      lookedUp: (indexed, saved) => this.#apply(indexed.feed.feedId, { kind: 'looked-up', indexed, saved }),
      rewound: (indexed, saved) =>
        this.#apply(indexed.feed.feedId, { kind: 'rewound', indexed, saved, scanned: this.#scanned() }),
    });
  }

  /** Every feed is idle or not served, and none has anything to save. */
  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  /** The feed if it is active. */
  get(feedId: string): ActiveFeed | undefined {
    const state = this.#states.get(feedId);
    return state?.kind === 'active' ? state.active : undefined;
  }

  *active(): Iterable<ActiveFeed> {
    for (const state of this.#states.values()) if (state.kind === 'active') yield state.active;
  }

  /** Active feeds that are not live. */
  get behind(): Iterable<ActiveFeed> {
    return this.#behind;
  }

  /** The feed has caught up or fallen behind. */
  setLive(active: ActiveFeed): void {
    if (active.live) this.#behind.delete(active);
    else this.#behind.add(active);
  }

  /** @param served new and changed feeds */
  reconcile(ended: Iterable<string>, served: Iterable<IndexedFeed>): void {
    const scannedOffset = this.partition.scannedOffset();
    for (const id of ended) this.#apply(id, { kind: 'ended', scannedOffset });
    for (const indexed of served)
      this.#apply(indexed.feed.feedId, { kind: 'served', indexed, scannedOffset });
  }

  /** Resolves when nothing is being loaded; rewinds may still be under way. */
  async loaded(): Promise<void> {
    await this.#loader.loaded();
  }

  /** An event is owed to a feed that is not active. @returns the active feed, if no load is needed */
  activate(indexed: IndexedFeed, offset: number): ActiveFeed | undefined {
    this.#apply(indexed.feed.feedId, { kind: 'owed', indexed, offset });
    return this.get(indexed.feed.feedId);
  }

  /** The active feed, activated if it is idle; `undefined` when it is not served now. */
  async activeFeedOf(feedId: string): Promise<ActiveFeed | undefined> {
    const indexed = this.partition.index.get(feedId);
    if (!indexed || this.get(feedId)) return this.get(feedId);
    this.activate(indexed, this.partition.scannedOffset());
    const state = this.#states.get(feedId);
    if (state?.kind === 'loading' && state.step === 'idle-cursor') await this.#loader.lookedUp();
    return this.get(feedId);
  }

  /** Lets crashed feeds back off, and restarts those whose backoff is over. */
  mend(): void {
    const scannedOffset = this.partition.scannedOffset();
    const now = this.ports.clock.now();
    for (const [id, state] of this.#states) {
      if (state.kind === 'active' && state.active.stopped)
        this.#apply(id, { kind: 'crashed', now, firstPauseMs: this.limits.restartPauseMs });
      else if (state.kind === 'backoff') this.#apply(id, { kind: 'time', now, scannedOffset });
    }
  }

  /** Collects what is due to be saved. */
  collect(now: number): Collected {
    const scannedOffset = this.partition.scannedOffset();
    let idleOffset = scannedOffset;
    const cursors = new Map<string, SavedCursor>();
    const pinned: string[] = [];
    const collected: { readonly active: ActiveFeed; readonly changes: ActiveFeedChanges }[] = [];
    const covered: [string, FeedState][] = [];
    let idleCursors = 0;
    for (const [id, state] of this.#states) {
      idleOffset = Math.min(idleOffset, holdsScanAt(state));
      const active = activeIn(state);
      const changes = active?.collect(scannedOffset, now);
      if (active && changes) {
        collected.push({ active, changes });
        cursors.set(id, changes.cursor);
      } else if (state.kind === 'active' && state.active.isDone) this.#apply(id, { kind: 'out-of-work' });
      const idle = idleCursorToSave(state);
      if (idle && ++idleCursors > IDLE_SAVED_AT_ONCE) continue;
      if (idle) cursors.set(id, idle.cursor);
      if (state.kind === 'stopping' && state.last.of === 'idle' && state.last.isPinned) pinned.push(id);
      if (state.kind === 'idle' || state.kind === 'stopping') covered.push([id, state]);
    }
    const changes = collected.map((each) => each.changes);
    return {
      isEmpty: cursors.size === 0 && pinned.length === 0,
      scannedOffset: idleOffset,
      cursors,
      parked: changes.flatMap(({ parked }) => parked),
      lanes: changes.flatMap(({ lanes }) => lanes),
      delivered: changes.flatMap(({ delivered }) => delivered),
      detached: changes.flatMap(({ detached }) => detached),
      pinned,
      confirm: () => {
        for (const [id, state] of covered)
          if (this.#states.get(id) === state) this.#apply(id, { kind: 'saved' });
        for (const { active } of collected)
          if (active.confirm(now) && this.get(active.feedId) === active)
            this.#apply(active.feedId, { kind: 'out-of-work' });
      },
    };
  }

  /** Stops all active feeds. Resolves when their attempts have ended; what they did is to be saved then. */
  async stop(): Promise<void> {
    for (const id of this.#states.keys()) this.#apply(id, { kind: 'stop' });
    await Promise.allSettled(this.#stops);
  }

  /** Drops all active feeds without saving them. */
  lose(): void {
    for (const id of this.#states.keys()) this.#apply(id, { kind: 'lost' });
  }

  #apply(feedId: string, input: FeedInput): void {
    const { state, effects } = transition(this.#states.get(feedId) ?? IDLE, input);
    if (state === IDLE) this.#states.delete(feedId);
    else this.#states.set(feedId, state);
    for (const effect of effects) this.#carryOut(feedId, effect);
  }

  #carryOut(feedId: string, effect: FeedEffect): void {
    switch (effect.kind) {
      case 'load':
        return this.#loader.load(effect.indexed);
      case 'look-up':
        return this.#loader.lookUp(effect.indexed);
      case 'rewind':
        return this.#loader.rewind(effect.indexed, effect.saved);
      case 'report-newer-rules': {
        const error = new Error(`feed ${feedId} has newer rules than are known here`);
        return this.ports.observer.failed('claim', this.partition.claim, error);
      }
      case 'activate': {
        const { partition, ports, limits } = this;
        const { indexed, saved } = effect;
        const changed = (each: ActiveFeed): void => partition.changed(each);
        const active = new ActiveFeed(indexed, partition.claim, saved, ports, limits, changed);
        this.#apply(feedId, { kind: 'activated', active, now: ports.clock.now() });
        return changed(active);
      }
      case 'stop':
        return this.#stop(effect.active);
      case 'dismiss':
        this.#behind.delete(effect.active);
        return this.partition.background(() => effect.active.stop(0));
      case 'save':
        return this.partition.background(() => this.partition.save());
      default:
        return effect satisfies never;
    }
  }

  #stop(active: ActiveFeed): void {
    this.#behind.delete(active);
    active.leave(this.partition.scannedOffset());
    const stopped = active.stop(this.limits.stopGraceMs).then(() => {
      this.#stops.delete(stopped);
      this.#apply(active.feedId, { kind: 'attempts-ended' });
    });
    this.#stops.add(stopped);
    this.partition.background(() => stopped);
  }

  #scanned(): ScannedEvents {
    const { recent } = this.partition;
    return { offset: this.partition.scannedOffset(), inMemory: recent.read(recent.start, Infinity) };
  }
}

function activeIn(state: FeedState): ActiveFeed | undefined {
  if (state.kind === 'active') return state.active;
  return state.kind === 'stopping' && state.last.of === 'active' ? state.last.active : undefined;
}
