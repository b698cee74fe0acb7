import type { EventBatch, SizedEvent } from '#libs/kernel';
import type { ActiveFeed, SavedFeed } from '../feeds/active-feed.js';
import type { IndexedFeed } from '../feeds/feed-index.js';

/**
 * The state of one feed in one partition.
 *
 * ```
 *  idle ────── owed an event, new, or changed ──────► loading ────── owed something ──────► active
 *   ▲                                                  │  ▲                                   │
 *   ├──────────────── owed nothing ────────────────────┘  │                                   │
 *   ├──────────────── out of work, and saved ─────────────│───────────────────────────────────┤
 *   │                                                     │      changed, ended, crashed, or the partition stops
 *   │                                                     │                                   ▼
 *   └──────────────── ended, and saved ───────────────────│─────────────────────────────── stopping
 *                                                         ├─────── changed, and saved ────────┤
 *                                                         └─ retry is due ── backoff ◄────────┘ crashed, and saved
 * ```
 *
 * A feed that ends passes through `stopping` from every state: an idle cursor is pinned there, so that it does not move on
 * while nobody serves the feed. An idle feed that changes passes through it too if its cursor has yet to be saved.
 */
export type FeedState = IdleFeed | LoadingFeed | ServingFeed | StoppingFeed | BackingOffFeed;

/** Owed nothing, so its cursor moves with the scanned offset. */
export interface IdleFeed {
  readonly kind: 'idle';
  /** The cursor while the database does not say yet that the feed is idle, or names older rules. */
  readonly unsaved: SavedFeed | undefined;
}

/** Its cursor is being loaded, and is rewound if it was matched against older rules. */
export interface LoadingFeed {
  readonly kind: 'loading';
  readonly step: LoadingStep;
  readonly indexed: IndexedFeed;
  /** If the cursor turns out to be idle, events from here on have not been matched against the feed. */
  readonly since: number;
  readonly failures: number;
}

/**
 * The result that a loading feed waits for; any other is out of date. `idle-cursor`: of a feed that was idle and is owed
 * an event. `newer-rules`: a former owner knew them, and serving by older ones would skip events that they owe.
 */
export type LoadingStep = 'cursor' | 'idle-cursor' | 'rewind' | 'newer-rules' | 'activation';

export interface ServingFeed {
  readonly kind: 'active';
  readonly active: ActiveFeed;
  readonly indexed: IndexedFeed;
  readonly activatedAt: number;
  readonly failures: number;
}

/** Attempts in flight get time to end, and what was done is saved, before anything else happens to the feed. */
export interface StoppingFeed {
  readonly kind: 'stopping';
  readonly last: LastSave;
  readonly next: AfterStop;
  /** As for a loading feed, or where an idle cursor is to be pinned; infinite if the cursor is saved as active. */
  readonly since: number;
  readonly failures: number;
}

export type LastSave =
  | { readonly of: 'active'; readonly active: ActiveFeed; readonly attemptsEnded: boolean }
  | { readonly of: 'idle'; readonly cursor: SavedFeed | undefined; readonly isPinned: boolean };

export type AfterStop =
  | { readonly kind: 'end' }
  | { readonly kind: 'load'; readonly indexed: IndexedFeed }
  | { readonly kind: 'retry'; readonly indexed: IndexedFeed; readonly at: number };

/** Crashed. It continues at its saved cursor when its time has come. */
export interface BackingOffFeed {
  readonly kind: 'backoff';
  readonly indexed: IndexedFeed;
  readonly until: number;
  readonly failures: number;
}

/** How far events were matched, and those in memory. */
export interface ScannedEvents {
  readonly offset: number;
  readonly inMemory: EventBatch<SizedEvent>;
}

export type FeedInput =
  /** The feed is new or changed, or its partition was claimed. */
  | { readonly kind: 'served'; readonly indexed: IndexedFeed; readonly scannedOffset: number }
  /** The feed is no longer served. */
  | { readonly kind: 'ended'; readonly scannedOffset: number }
  /** An event at this offset, or a blocked lane, is owed to the feed. */
  | { readonly kind: 'owed'; readonly indexed: IndexedFeed; readonly offset: number }
  /** `null`: a new feed. `undefined`: saved as idle by these rules, or a replay that does not cover this partition. */
  | {
      readonly kind: 'loaded';
      readonly indexed: IndexedFeed;
      readonly saved: SavedFeed | null | undefined;
      readonly scanned: ScannedEvents;
    }
  /** The cursor of a feed that was idle; `undefined` without one. */
  | { readonly kind: 'looked-up'; readonly indexed: IndexedFeed; readonly saved: SavedFeed | undefined }
  | {
      readonly kind: 'rewound';
      readonly indexed: IndexedFeed;
      readonly saved: SavedFeed;
      readonly scanned: ScannedEvents;
    }
  | { readonly kind: 'activated'; readonly active: ActiveFeed; readonly now: number }
  /** The active feed has no work left, and that is saved. */
  | { readonly kind: 'out-of-work' }
  | { readonly kind: 'crashed'; readonly now: number; readonly firstPauseMs: number }
  | { readonly kind: 'attempts-ended' }
  /** All that this very state has to save is durable. */
  | { readonly kind: 'saved' }
  | { readonly kind: 'time'; readonly now: number; readonly scannedOffset: number }
  /** The partition stops. */
  | { readonly kind: 'stop' }
  /** Another dispatcher owns the partition, or a bug ended it: nothing more can be saved. */
  | { readonly kind: 'lost' };

export type FeedEffect =
  /** Load the cursor, whatever it is. */
  | { readonly kind: 'load'; readonly indexed: IndexedFeed }
  /** Load the cursor of a feed that was idle. */
  | { readonly kind: 'look-up'; readonly indexed: IndexedFeed }
  | { readonly kind: 'rewind'; readonly indexed: IndexedFeed; readonly saved: SavedFeed }
  /** Report that the feed waits for newer rules. */
  | { readonly kind: 'report-newer-rules' }
  | { readonly kind: 'activate'; readonly indexed: IndexedFeed; readonly saved: SavedFeed }
  /** Give attempts in flight time to end. */
  | { readonly kind: 'stop'; readonly active: ActiveFeed }
  /** Stop at once; nothing of it is saved. */
  | { readonly kind: 'dismiss'; readonly active: ActiveFeed }
  /** Save soon: something waits for it. */
  | { readonly kind: 'save' };

export interface Transition {
  readonly state: FeedState;
  readonly effects: readonly FeedEffect[];
}

/** A feed that has nothing to save. It needs no entry anywhere, so that idle feeds cost nothing. */
export const IDLE: IdleFeed = { kind: 'idle', unsaved: undefined };

/**
 * Up to where the cursors of all idle feeds may move as far as this feed is concerned: not past an event that still has
 * to be matched against it. Infinite if it does not matter.
 */
export function holdsScanAt(state: FeedState): number {
  return state.kind === 'loading' || state.kind === 'stopping' ? state.since : Infinity;
}

/** An idle cursor that has to be saved, as idle or, for a feed that ended, as active. */
export function idleCursorToSave(state: FeedState): SavedFeed | undefined {
  if (state.kind === 'idle') return state.unsaved;
  return state.kind === 'stopping' && state.last.of === 'idle' ? state.last.cursor : undefined;
}
